/** The domain's shapes as they go over the wire. */
import type { DiffEntry, VersionContent } from '../core/versions.js';
import type { Content, DiffBody, VersionBody } from './endpoints/history.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function contentBody(bytes: Uint8Array): Content {
  try {
    return { encoding: 'utf8', data: utf8.decode(bytes) };
  } catch {
    return { encoding: 'base64', data: Buffer.from(bytes).toString('base64') };
  }
}

export const contentBytes = (content: Content): Buffer => Buffer.from(content.data, content.encoding);

/** In bytes: of longer ones a comparison only says that they differ. */
export const longestCompared = 4 * 1024 * 1024;

/** As git has it: a NUL among the first 8 KiB. */
const isBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 8192).includes(0);

/** Of what comes in chunks. */
export const joinedBody = (chunks: Iterable<Uint8Array>): Content => contentBody(Buffer.concat([...chunks]));

/** Of what is no text, or too long, both contents are left out. */
export function diffBody({ path, change, before, after }: DiffEntry): DiffBody {
  const sides = [before, after].filter((side) => side !== null);
  const isLong = sides.some(({ record }) => (record.size ?? 0) > longestCompared);
  const contents = new Map(isLong ? [] : sides.map((side) => [side, textOf(side)]));
  const omitted = isLong ? 'long' : [...contents.values()].includes(null) ? 'binary' : undefined;
  const body = (side: VersionContent | null): VersionBody | null => {
    if (side === null) return null;
    const content: Content =
      omitted === undefined
        ? { encoding: 'utf8', data: contents.get(side)! }
        : { encoding: 'base64', data: '', omitted };
    return { record: side.record, content };
  };
  return { path, change, before: body(before), after: body(after) };
}

/** Null: it is none. */
function textOf({ chunks }: VersionContent): string | null {
  const bytes = Buffer.concat([...chunks]);
  const { encoding, data } = contentBody(bytes);
  return encoding === 'utf8' && !isBinary(bytes) ? data : null;
}
