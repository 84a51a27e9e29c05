/** What a spool holds that its database may not: only looked at. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type SpoolFrame, spoolMagic } from '../spool.js';

const prefixBytes = 16;

export interface SpoolState {
  /** Of the first frame; null: there is none, or it cannot be read. */
  readonly generation: number | null;
  /** The names of the operations that can be read, oldest first. */
  readonly operations: readonly string[];
  /** Behind them is a frame of the same generation that cannot be read. */
  readonly isBroken: boolean;
}

/** `expected`: the generation that the database has not committed; null: not known. */
export function spoolState(path: string, expected: number | null): SpoolState {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return { generation: null, operations: [], isBroken: false };
  }
  try {
    return read(fd, expected);
  } finally {
    closeSync(fd);
  }
}

function read(fd: number, expected: number | null): SpoolState {
  const { size } = fstatSync(fd);
  const operations: string[] = [];
  let generation: number | null = null;
  let position = 0;
  for (;;) {
    const prefix = Buffer.alloc(prefixBytes);
    if (readSync(fd, prefix, 0, prefixBytes, position) < prefixBytes) break;
    const own = (prefix.readUInt32LE(0) ^ spoolMagic) >>> 0;
    const isOurs = generation === null ? expected === null || own === expected : own === generation;
    const body = bodyAt(fd, prefix, position, size);
    if (body === null) return { generation, operations, isBroken: isOurs };
    if (generation !== null && own !== generation) break;
    generation = own;
    const { header } = body;
    operations.push(String((header as { o?: unknown }).o));
    position += prefixBytes + prefix.readUInt32LE(4) + prefix.readUInt32LE(8);
  }
  return { generation, operations, isBroken: false };
}

function bodyAt(fd: number, prefix: Buffer, position: number, size: number): SpoolFrame | null {
  const [headerBytes, payloadBytes] = [prefix.readUInt32LE(4), prefix.readUInt32LE(8)];
  if (position + prefixBytes + headerBytes + payloadBytes > size) return null;
  const body = Buffer.alloc(headerBytes + payloadBytes);
  readSync(fd, body, 0, body.length, position + prefixBytes);
  if (body.length === 0 || crc32(body) !== prefix.readUInt32LE(12)) return null;
  return { header: JSON.parse(body.toString('utf8', 0, headerBytes)), payload: body.subarray(headerBytes) };
}
