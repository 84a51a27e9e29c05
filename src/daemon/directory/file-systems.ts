/** On which file systems a data directory may lie. */
import { statfsSync } from 'node:fs';
import { readMountInfo } from '../../api/mountinfo.js';
import { memfsdType, mountOf } from '../../core/mountinfo.js';

/** `f_type` of statfs(2), from linux/magic.h and the file systems' own sources. */
const networkMagic = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x20030528, 'OrangeFS'],
  [0xaad7aaea, 'PanFS'],
]);

/** Types in mountinfo, for what statfs(2) knows as FUSE only. */
const networkFuse =
  /^fuse\.(sshfs|rclone|s3fs|goofys|gcsfuse|mount-s3|glusterfs|ceph|ceph-fuse|juicefs|davfs2?|curlftpfs|smbnetfs|gvfsd-fuse|nfs|fuse-nfs|hdfs|fuse_dfs|mfs|lizardfs|seaweedfs|weed|blobfuse2?|ossfs|cosfs|obsfs|alluxio-fuse|ipfs|google-drive-ocamlfuse|onedriver|cvmfs2?)$/;

/** Types in mountinfo of what the kernel makes up: it takes no new files, and says so late. */
const madeUp = /^(proc|sysfs|cgroup2?|devpts|debugfs|tracefs|securityfs|bpf|mqueue)$/;

/** Why a file system of this kind is none for a data directory; null: it is. */
export function unsuitable(magic: number, type: string, source: string): string | null {
  if (type === memfsdType) return 'in a mount of memfsd, whose daemon would wait for itself';
  if (madeUp.test(type)) return `on ${type}, which keeps no files`;
  const remote = networkFuse.test(type) || (/^fuse(\.|$)/.test(type) && /^[a-z0-9+]+:\/\//.test(source));
  const name = networkMagic.get(magic) ?? (remote ? type : undefined);
  if (name === undefined) return null;
  return `on a network file system (${name}), where locks and shared memory of databases do not hold`;
}

/** `path` is there, and without symbolic links. A mount of memfsd is not asked anything: it may wait for its daemon. */
export function unsuitableAt(path: string): string | null {
  const { type, source } = mountOf(path, readMountInfo()) ?? { type: '', source: '' };
  return unsuitable(type === memfsdType ? 0 : statfsSync(path).type, type, source);
}
