import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { unsuitable, unsuitableAt } from '../../../../src/daemon/directory/file-systems.js';

const fuse = 0x65735546;

it.each([
  ['NFS', 0x6969, 'nfs4', 'server:/export'],
  ['SMB', 0xfe534d42, 'cifs', '//server/share'],
  ['CIFS', 0xff534d42, 'cifs', '//server/share'],
  ['9p', 0x01021997, '9p', 'C:\\'],
  ['Ceph', 0x00c36400, 'ceph', '1.2.3.4:/'],
  ['AFS', 0x5346414f, 'afs', 'AFS'],
  ['Lustre', 0x0bd00bd0, 'lustre', '10.0.0.1@tcp:/fs'],
  ['fuse.sshfs', fuse, 'fuse.sshfs', 'host:/home'],
  ['fuse.rclone', fuse, 'fuse.rclone', 'drive:'],
  ['fuse', fuse, 'fuse', 'https://dav.example.org/'],
])('a data directory is not on %s', (name, magic, type, source) =>
  expect(unsuitable(magic, type, source)).toContain(`network file system (${name})`),
);

it.each([
  ['ext4', 0xef53, '/dev/sda1'],
  ['btrfs', 0x9123683e, '/dev/sda1'],
  ['xfs', 0x58465342, '/dev/sda1'],
  ['zfs', 0x2fc12fc1, 'tank/home'],
  ['tmpfs', 0x01021994, 'tmpfs'],
  ['overlay', 0x794c7630, 'overlay'],
  ['fuseblk', fuse, '/dev/sdb1'],
  ['fuse.fuse-overlayfs', fuse, 'fuse-overlayfs'],
  ['fuse.mergerfs', fuse, 'disk1:disk2'],
  ['fuse.gocryptfs', fuse, '/home/a/cipher'],
  ['virtiofs', fuse, 'shared'],
])('a data directory may be on %s', (type, magic, source) =>
  expect(unsuitable(magic, type, source)).toBeNull(),
);

it('a data directory is in no mount of memfsd', () => {
  expect(unsuitable(fuse, 'fuse.memfsd', 'memstore_a')).toContain('mount of memfsd');
});

it('a data directory is on no file system that the kernel makes up', () => {
  for (const path of ['/proc', '/sys']) expect(unsuitableAt(path)).toContain('keeps no files');
});

it('knows what a path is on', () => expect(unsuitableAt(tmpdir())).toBeNull());
