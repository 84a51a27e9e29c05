/**
 * A tree as a stream of bytes, for import and export: per entry one line of JSON, then `size` bytes of
 * content for a file; last a line `{"end": <entries>}`, so that a cut stream is not taken for a short tree, or one with the
 * error that ended it.
 * Paths and targets are raw bytes, as base64.
 */

import { z } from 'zod';
import { type ErrorCode, MemfsError } from '../core/errors.js';
import type { TreeEntry } from '../core/trees.js';
import { ErrorBody, errorBody } from './error-body.js';

const Header = z.object({
  path: z.base64(),
  kind: z.enum(['file', 'directory', 'symlink', 'link']),
  mode: z.int().min(0).max(0o7777),
  mtime: z.tuple([z.int(), z.int().min(0).max(999_999_999)]),
  size: z.int().min(0),
  target: z.base64().optional(),
  /** Of a file's content, as the journal has it. */
  sha256: z.string().optional(),
});

const Line = z.union([z.object({ end: z.int() }), Header, ErrorBody]);

const newline = 0x0a;
const longestLine = 64 * 1024;
const blockBytes = 64 * 1024;

/** An entry whose content, unlike `TreeEntry`'s, may be read as it is sent. */
export interface SourceEntry extends Omit<TreeEntry, 'chunks'> {
  readonly chunks?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * In blocks of about 64 KiB: a write for every line and every small file costs more than the files. `explain`: entries that
 * are damaged end the stream with the error that it gives, which the reader throws.
 */
export async function* encodeTree(
  entries: Iterable<SourceEntry> | AsyncIterable<SourceEntry>,
  explain?: (thrown: unknown) => MemfsError,
): AsyncGenerator<Uint8Array> {
  let block: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of encodeParts(entries)) {
      block.push(part);
      bytes += part.length;
      if (bytes < blockBytes) continue;
      yield Buffer.concat(block);
      block = [];
      bytes = 0;
    }
  } catch (thrown) {
    const error = explain?.(thrown);
    if (error?.code !== 'corrupt') throw thrown;
    block.push(Buffer.from(`${JSON.stringify(errorBody(error))}\n`));
    bytes += 1;
  }
  if (bytes > 0) yield Buffer.concat(block);
}

async function* encodeParts(
  entries: Iterable<SourceEntry> | AsyncIterable<SourceEntry>,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    const header: z.infer<typeof Header> = {
      path: entry.path.toString('base64'),
      kind: entry.kind,
      mode: entry.mode,
      mtime: [entry.mtime.sec, entry.mtime.nsec],
      size: entry.kind === 'file' ? entry.size : 0,
      ...(entry.target === undefined ? {} : { target: entry.target.toString('base64') }),
      ...(entry.sha256 === undefined ? {} : { sha256: entry.sha256 }),
    };
    yield Buffer.from(`${JSON.stringify(header)}\n`);
    if (entry.kind !== 'file') continue;
    let sent = 0;
    for await (const chunk of entry.chunks ?? []) {
      sent += chunk.length;
      yield chunk;
    }
    if (sent !== entry.size)
      throw new MemfsError('conflict', `${entry.path.toString()} changed its size while it was read`);
  }
  yield Buffer.from(`${JSON.stringify({ end: count })}\n`);
}

/** Holds one entry's content at a time; more than `maxFileBytes` is `too_large`. */
export async function* decodeTree(
  stream: AsyncIterable<Uint8Array>,
  maxFileBytes: number,
): AsyncGenerator<TreeEntry> {
  const reader = new Reader(stream);
  for (let count = 0; ; count++) {
    const line = Line.safeParse(parseJson(await reader.line()));
    if (!line.success) throw new MemfsError('invalid', 'the tree stream holds a line that is no entry');
    if ('end' in line.data) {
      if (line.data.end !== count) throw new MemfsError('invalid', 'the tree stream lost entries');
      return;
    }
    if ('error' in line.data) {
      const { code, message, hint } = line.data.error;
      throw new MemfsError(code as ErrorCode, message, hint === null ? {} : { hint });
    }
    const { path, kind, mode, mtime, size, target, sha256 } = line.data;
    if (size > maxFileBytes)
      throw new MemfsError(
        'too_large',
        `${Buffer.from(path, 'base64')} has ${size} bytes; at most ${maxFileBytes} are allowed`,
      );
    yield {
      path: Buffer.from(path, 'base64'),
      kind,
      mode,
      mtime: { sec: mtime[0], nsec: mtime[1] },
      size,
      ...(kind === 'file' ? { chunks: await reader.take(size) } : {}),
      ...(target === undefined ? {} : { target: Buffer.from(target, 'base64') }),
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

class Reader {
  readonly #stream: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(newline);
      if (end >= 0) {
        const text = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return text;
      }
      if (this.#rest.length > longestLine)
        throw new MemfsError('invalid', 'the tree stream holds an overlong line');
      this.#rest = Buffer.concat([this.#rest, await this.#more()]);
    }
  }

  async take(size: number): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for (let missing = size; missing > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#more();
      const chunk = this.#rest.subarray(0, missing);
      chunks.push(chunk);
      missing -= chunk.length;
      this.#rest = this.#rest.subarray(chunk.length);
    }
    return chunks;
  }

  async #more(): Promise<Buffer> {
    const { value, done } = await this.#stream.next();
    if (done) throw new MemfsError('invalid', 'the tree stream ended early');
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
}
