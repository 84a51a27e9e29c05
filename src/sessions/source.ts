/** How far a file was read, and whether it is still the same one. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';

export const SourceMark = z.object({
  path: z.string(),
  /** Device and inode: what is left of its identity when it is renamed. */
  file: z.string(),
  /** When it was read to its end: its size and its time of modification, else null. */
  state: z.string().nullable(),
  /** Up to here it was read; behind a line feed, or 0. In bytes. */
  offset: z.int().min(0),
  /** The next line, from 1. */
  line: z.int().min(1),
  /** A fingerprint of the bytes before `offset`. */
  fingerprint: z.string(),
  /** Broken records before `offset`. */
  skipped: z.int().min(0),
  /** Whether there was a broken record behind it, which may still be written. */
  unfinished: z.boolean(),
  /** The state of the reader, as JSON; null: not even the format is known. */
  reader: z.string().nullable(),
  /** The session that most of it is about. */
  session: z.string().nullable(),
});
export type SourceMark = z.infer<typeof SourceMark>;

const sampleBytes = 4096;

export interface FileFacts {
  readonly file: string;
  readonly state: string;
  readonly size: number;
}

export const identityOf = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string =>
  `${dev}:${ino}`;

export async function factsOf(handle: FileHandle): Promise<FileFacts> {
  const facts = await handle.stat({ bigint: true });
  return {
    file: identityOf(facts),
    state: `${facts.size}:${facts.mtimeNs}`,
    size: Number(facts.size),
  };
}

/** The fingerprint of the first and the last 4 KiB before `offset`: a file that is only appended to keeps it. */
export async function fingerprintOf(handle: FileHandle, offset: number): Promise<string> {
  const hash = createHash('sha256').update(`${offset}\n`);
  const length = Math.min(sampleBytes, offset);
  for (const start of [0, offset - length]) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
    hash.update(buffer.subarray(0, bytesRead));
  }
  return hash.digest('hex');
}

/** Whether reading can go on where the mark says. */
export async function continues(handle: FileHandle, { size }: FileFacts, mark: SourceMark): Promise<boolean> {
  if (mark.offset === 0 || mark.offset > size || mark.reader === null) return false;
  return (await fingerprintOf(handle, mark.offset)) === mark.fingerprint;
}
