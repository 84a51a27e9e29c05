/** A stream as it lies in a file: compressed with gzip where the file's name says so. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { MemfsError } from '../core/errors.js';

const isCompressed = (name: string): boolean => name.endsWith('.gz');

export function forFile(name: string, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // The stream that is read gets the failure of the other.
  return isCompressed(name) ? pipeline(Readable.from(bytes), createGzip(), () => {}) : bytes;
}

/** Throws `invalid` for what is not compressed though its name says so. */
export async function* fromFile(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!isCompressed(name)) return yield* bytes;
  try {
    yield* pipeline(Readable.from(bytes), createGunzip(), () => {}) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof MemfsError) throw error;
    throw new MemfsError('invalid', `${name} cannot be decompressed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
