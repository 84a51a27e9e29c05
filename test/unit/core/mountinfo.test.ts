import { describe, expect, it } from 'vitest';
import {
  coverOf,
  isInside,
  mountedIn,
  mountOf,
  otherPlaceOf,
  parseMountInfo,
} from '../../../src/core/mountinfo.js';

const text = [
  '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '40 22 0:51 / /home/a/my\\040notes rw,nosuid,nodev - fuse.memfsd memstore_a rw,user_id=0',
  '41 40 0:52 / /home/a/my\\040notes/deeper rw shared:7 master:2 - tmpfs tmpfs rw',
  '42 22 0:53 / /b\\134c rw - fuse.memfsd memstore_b rw',
  '',
].join('\n');

describe('mountinfo', () => {
  const mounts = parseMountInfo(text);

  it('is read with and without optional fields', () => {
    expect(mounts[1]).toEqual({
      id: 40,
      parent: 22,
      path: '/home/a/my notes',
      device: '0:51',
      root: '/',
      minor: 51,
      type: 'fuse.memfsd',
      source: 'memstore_a',
    });
    expect(mounts[2]).toMatchObject({ minor: 52, type: 'tmpfs' });
    expect(mounts[3]).toMatchObject({ path: '/b\\c' });
    expect(mounts).toHaveLength(4);
  });

  it('says which mount a path is in', () => {
    expect(mountOf('/home/a/my notes/x', mounts)?.minor).toBe(51);
    expect(mountOf('/home/a/my notes', mounts)?.minor).toBe(51);
    expect(mountOf('/home/a/my notes/deeper/x', mounts)?.minor).toBe(52);
    expect(mountOf('/home/a/my notes2', mounts)?.minor).toBe(1);
  });

  it('takes the one on top of several at one path', () => {
    // Listed in no particular order.
    const twice = parseMountInfo(`43 42 0:60 / /b\\134c rw - tmpfs t rw\n${text}`);
    expect(mountOf('/b\\c/x', twice)?.minor).toBe(60);
  });

  it('knows another place of a mount, but takes none for it that goes with the mount', () => {
    const withMore = (...lines: string[]) => parseMountInfo(`${text}${lines.join('\n')}\n`);
    const other = (found: typeof mounts) => otherPlaceOf(found[1]!, found)?.path;
    expect(other(mounts)).toBeUndefined();
    expect(other(withMore('60 22 0:51 /sub /elsewhere rw - fuse.memfsd memstore_a rw'))).toBe('/elsewhere');
    // /home is bound to /copy, and what is mounted below came along.
    const bound = '61 22 8:1 /home /copy rw shared:1 - ext4 /dev/sda1 rw';
    expect(
      other(withMore(bound, '62 61 0:51 / /copy/a/my\\040notes rw - fuse.memfsd memstore_a rw')),
    ).toBeUndefined();
    expect(other(withMore(bound, '62 61 0:51 / /copy/b rw - fuse.memfsd memstore_a rw'))).toBe('/copy/b');
  });

  it('walks past what lies hidden below another mount', () => {
    const hidden = parseMountInfo(
      `${text}50 22 0:70 / /home rw - tmpfs t rw\n51 50 0:71 / /home/a rw - tmpfs t rw\n`,
    );
    expect(mountOf('/home/a/my notes/deeper', hidden)?.id).toBe(51);
    expect(coverOf(hidden[1]!, hidden)?.id).toBe(51);
  });

  it('says what is mounted over a mount, and what in it', () => {
    const [, notes, deeper, other] = mounts;
    expect(coverOf(notes!, mounts)).toBeUndefined();
    expect(mountedIn(notes!, mounts)).toBe(deeper);
    expect(mountedIn(other!, mounts)).toBeUndefined();
    const over = parseMountInfo(`${text}43 42 0:60 / /b\\134c rw - tmpfs t rw\n`);
    expect(coverOf(over[3]!, over)?.id).toBe(43);
  });

  it('ends at a root that is listed as its own parent, or twice', () => {
    const roots = parseMountInfo('1 1 0:1 / / rw - rootfs none rw\n22 1 8:1 / / rw - ext4 /dev/sda1 rw\n');
    expect(mountOf('/x', roots)?.id).toBe(22);
    expect(mountOf('/x', [])).toBeUndefined();
  });
});

it('knows inside from beside', () => {
  expect(isInside('/a/b', '/a')).toBe(true);
  expect(isInside('/a', '/a')).toBe(true);
  expect(isInside('/ab', '/a')).toBe(false);
  expect(isInside('/a', '/')).toBe(true);
});
