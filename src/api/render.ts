/** The domain's shapes as they go over the wire. */
import type { DiffEntry, VersionContent } from '../vfs/store.js';
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

/** Of what comes in chunks. */
export const joinedBody = (chunks: Iterable<Uint8Array>): Content => contentBody(Buffer.concat([...chunks]));

export const versionBody = (version: VersionContent): VersionBody => ({
  record: version.record,
  content: joinedBody(version.chunks),
});

export const diffBody = (entry: DiffEntry): DiffBody => ({
  path: entry.path,
  change: entry.change,
  before: entry.before && versionBody(entry.before),
  after: entry.after && versionBody(entry.after),
});
