import { fstatSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { SpoolFrame } from './spool-frame.js';

/**
 * The spool up to schema 3, as a killed engine of that version left it: generations were numbers, and frames did not
 * name their predecessor.
 *
 * Frame: u32 magic ^ generation, u32 header length, u32 payload length, u32 CRC-32 of both, header (JSON), payload.
 */
const magic = 0x6d656d66;
const prefixBytes = 16;

/** The frames of that generation, oldest first. Only ever read: the first group commit begins a spool of the present form. */
export function* formerFrames(descriptor: number, generation: number): Generator<SpoolFrame> {
  const prefix = Buffer.allocUnsafe(prefixBytes);
  const { size } = fstatSync(descriptor);
  for (let position = 0; ; ) {
    if (readSync(descriptor, prefix, 0, prefixBytes, position) < prefixBytes) return;
    if (prefix.readUInt32LE(0) !== (magic ^ generation) >>> 0) return;
    const headerBytes = prefix.readUInt32LE(4);
    const bytes = headerBytes + prefix.readUInt32LE(8);
    if (bytes > size) return;
    const body = Buffer.allocUnsafe(bytes);
    if (readSync(descriptor, body, 0, bytes, position + prefixBytes) < bytes) return;
    if (crc32(body) !== prefix.readUInt32LE(12)) return;
    position += prefixBytes + bytes;
    yield { header: JSON.parse(body.toString('utf8', 0, headerBytes)), payload: body.subarray(headerBytes) };
  }
}
