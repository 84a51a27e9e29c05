/** Files of lines, read and written in a worker thread. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { MemfsError } from '../../core/errors.js';

const blockBytes = 1 << 20;
const longestLine = 16 << 20;
const newline = 0x0a;

/** Lines put together to blocks of about 1 MiB: a write for each costs more than the line. */
export function* batched(lines: Iterable<string>): Generator<string> {
  let block = '';
  for (const line of lines) {
    block += line;
    if (block.length < blockBytes) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}

export function writeFully(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}

/** The lines of a file, without their ends. Throws `invalid` for one of more than 16 MiB. */
export function* linesOf(file: string): Generator<string> {
  const descriptor = openSync(file, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const block = Buffer.allocUnsafe(blockBytes);
      const bytes = readSync(descriptor, block);
      if (bytes === 0) break;
      rest = Buffer.concat([rest, block.subarray(0, bytes)]);
      for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
        yield rest.toString('utf8', 0, end);
        rest = rest.subarray(end + 1);
      }
      if (rest.length > longestLine) throw new MemfsError('invalid', 'the file has an overlong line');
    }
    if (rest.length > 0) yield rest.toString();
  } finally {
    closeSync(descriptor);
  }
}
