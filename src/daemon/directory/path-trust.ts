/**
 * Whether somebody else could put another file in the place of a path, by renaming something on the way to it. Links
 * are resolved by hand, because the directories that hold them matter too.
 */
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MemfsError } from '../../core/errors.js';
import { type AccessList, accessListOf } from './posix-acl.js';

const mostLinks = 40;
const sticky = 0o1000;

export interface Trail {
  /** Without links, as far as it is there. */
  readonly real: string;
  /** The part of it that is not there yet. */
  readonly missing: readonly string[];
  /** Every name that was looked up on the way, as a path without links but the last name. */
  readonly looked: readonly string[];
}

/** Throws ELOOP, ENOTDIR, EACCES, …, as stat(2) would. */
export function followPath(path: string): Trail {
  const left = namesOf(path);
  const looked: string[] = [];
  let real = '/';
  for (let links = 0; left.length > 0; ) {
    const name = left.shift()!;
    const next = name === '..' ? dirname(real) : join(real, name);
    const facts = lstatSync(next, { throwIfNoEntry: false });
    if (name !== '..') looked.push(next);
    if (facts === undefined) return { real, missing: [name, ...left], looked };
    if (!facts.isSymbolicLink()) real = next;
    else {
      if (++links > mostLinks)
        throw new MemfsError('invalid', `too many symbolic links on the way to ${path}`);
      const target = readlinkSync(next);
      left.unshift(...namesOf(target));
      if (target.startsWith('/')) real = '/';
    }
  }
  return { real, missing: [], looked };
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

export interface Weakness {
  /** What could be exchanged. */
  readonly path: string;
  readonly reason: string;
  /** A command. */
  readonly cure: string | null;
}

/** Whom memfsd trusts with what lies on the way to its data. */
export interface Trust {
  user(uid: number): boolean;
  /** Nobody but trusted users is in the group. */
  group(gid: number): boolean;
}

/** The first place at which somebody who is not trusted could exchange something; null: there is none. */
export function weaknessOf({ looked }: Trail, trust: Trust): Weakness | null {
  for (const path of looked) {
    const directory = dirname(path);
    const holder = lstatSync(directory);
    if (!trust.user(holder.uid))
      return { path, reason: `${directory} belongs to another user, who could exchange it`, cure: null };
    const others = othersThatWrite(holder, accessListOf(directory), trust);
    if (others === null) continue;
    // Of a directory with an access list it takes the write bit out of the mask.
    const cure = `chmod go-w ${directory}`;
    if ((holder.mode & sticky) === 0)
      return { path, reason: `${others} can write into ${directory}, so they could exchange it`, cure };
    const entry = lstatSync(path, { throwIfNoEntry: false });
    if (entry !== undefined && !trust.user(entry.uid))
      return { path, reason: `${basename(path)} in ${directory} belongs to another user`, cure: null };
  }
  return null;
}

/** Who, but for those that are trusted, may write into a directory; null: nobody. */
export function othersThatWrite(
  { mode, gid }: Pick<Stats, 'mode' | 'gid'>,
  list: AccessList | null,
  trust: Trust,
): string | null {
  const owningGroup = list?.owningGroup ?? (mode & 0o020) !== 0;
  if ((mode & 0o002) !== 0 || (owningGroup && !trust.group(gid))) return 'others';
  const user = list?.users.find((uid) => !trust.user(uid));
  if (user !== undefined) return `others (user ${user} by its access list, see getfacl)`;
  const group = list?.groups.find((named) => !trust.group(named));
  return group === undefined ? null : `others (group ${group} by its access list, see getfacl)`;
}

/** Oneself and root. In a user namespace everything that was not mapped into it, root's own files too, has one owner. */
export function ownTrust(
  uid: number,
  files: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Trust {
  const read = (path: string): string => {
    try {
      return files(path);
    } catch {
      return '';
    }
  };
  const everyId = /^\s*0\s+0\s+4294967295\s*$/;
  const overflow = (kind: 'uid' | 'gid'): number | null =>
    everyId.test(read(`/proc/self/${kind}_map`)) ? null : Number(read(`/proc/sys/kernel/overflow${kind}`));
  const user = (id: number): boolean => id === 0 || id === uid || id === overflow('uid');
  return {
    user,
    group(gid) {
      if (gid === overflow('gid')) return true;
      const users = read('/etc/passwd')
        .split('\n')
        .map((line) => line.split(':'));
      const [group] = read('/etc/group')
        .split('\n')
        .map((line) => line.split(':'))
        .filter(([, , id]) => id === String(gid));
      // In no file: where a user's own group has the user's number, that is it.
      if (group === undefined) return gid === uid;
      const named = new Map(users.map(([name, , id]) => [name, Number(id)]));
      const members = (group[3] ?? '').split(',').filter((name) => name !== '');
      const byDefault = users.filter(([, , , id]) => id === String(gid)).map(([name]) => name!);
      return [...members, ...byDefault].every((name) => user(named.get(name) ?? -1));
    },
  };
}
