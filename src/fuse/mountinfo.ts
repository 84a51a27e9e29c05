import { readFileSync } from 'node:fs';
import { type MountInfo, memfsdType, parseMountInfo } from '../core/mountinfo.js';

/** Touches none of them. */
export const listMounts = (): MountInfo[] => parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));

/**
 * One mount, for as long as it is mounted: ids are given again to others, sources are chosen by whoever mounts, but a
 * source of ours is never chosen twice.
 */
export interface MountIdentity {
  readonly id: number;
  readonly source: string;
}

export const findMount = (
  { id, source }: MountIdentity,
  mounts: readonly MountInfo[],
): MountInfo | undefined =>
  mounts.find((mount) => mount.id === id && mount.source === source && mount.type === memfsdType);

/** The mount that a descriptor is in, which stays that mount as long as the descriptor is open. */
export function mountOfDescriptor(descriptor: number, mounts: readonly MountInfo[]): MountInfo | undefined {
  const facts = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
  const id = Number(/^mnt_id:\s*(\d+)$/m.exec(facts)?.[1]);
  return mounts.find((mount) => mount.id === id);
}
