/**
 * The device of a mount (in `df`, `findmnt`): `memstore_….CONNECTION.DIRECTORY`. No two mounts have the
 * same, so a mount is found by it, and whoever finds it knows whether it was made for this data directory.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';

/** A data directory, whatever path leads there; a copy of it is another one. */
export function directoryMark(data: string): string {
  const { dev, ino } = statSync(data, { bigint: true });
  return createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 12);
}

/** `connection` is never given out twice by the catalog of one data directory. */
export const mountSource = (store: string, connection: number, mark: string): string =>
  `${store}.${connection}.${mark}`;

/** Whether two mounts show the same store for the same data directory. */
export function isAlike(source: string, other: string): boolean {
  const [one, another] = [source, other].map((each) => /^(.+)\.\d+(\.[0-9a-f]+)$/.exec(each));
  return one != null && another != null && one[1] === another[1] && one[2] === another[2];
}
