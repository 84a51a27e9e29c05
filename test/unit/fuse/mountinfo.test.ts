import { describe, expect, it } from 'vitest';
import { parseMounts } from '../../../src/fuse/mountinfo.js';

describe('parseMounts', () => {
  it('reads proc_pid_mountinfo(5), optional fields and escapes included', () => {
    const umlaut = Buffer.from('/mnt/ü').toString('latin1');
    const text = [
      '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
      '40 22 0:41 / /mnt/a\\040b\\134c rw,nosuid,nodev shared:9 master:2 - fuse.memfsd notes rw,user_id=0',
      `41 22 0:42 / ${umlaut} rw - fuse.memfsd x\\054y rw`,
      '',
    ].join('\n');
    expect(parseMounts(text)).toEqual([
      { path: '/', minor: 1, type: 'ext4', source: '/dev/sda1' },
      { path: '/mnt/a b\\c', minor: 41, type: 'fuse.memfsd', source: 'notes' },
      { path: '/mnt/ü', minor: 42, type: 'fuse.memfsd', source: 'x,y' },
    ]);
  });
});
