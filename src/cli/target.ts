/** The target of a STORE and a PATH argument: a store and a path in it, or a path inside a mount. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ControlClient } from '../api/client/client.js';
import { readMountInfo } from '../api/mountinfo.js';
import { MemfsError } from '../core/errors.js';
import { isInside, memfsdType, mountOf } from '../core/mountinfo.js';
import { safe } from './text.js';

export interface Target {
  /** Id or name. */
  readonly store: string;
  /** `/`-rooted; undefined: the whole store. */
  readonly path: string | undefined;
  /** The branch of the mount that it was found by; undefined: main. */
  readonly branch?: string | undefined;
}

export async function resolveTarget(
  client: ControlClient,
  cwd: string,
  store: string,
  path: string | undefined,
): Promise<Target> {
  const named = looksLikePath(store) ? undefined : await findStore(client, store);
  if (named === undefined) {
    const found = await insideMount(client, cwd, store);
    if (found === null)
      throw new MemfsError('not_found', `there is no store "${store}", nor is that a path inside a mount`, {
        hint: await whereToLook(client),
      });
    return { ...found, path: path === undefined ? found.path : `${found.path ?? ''}/${path}` };
  }
  if (path === undefined) return { store: named, path: undefined };
  const found = looksLikePath(path) ? await insideMount(client, cwd, path) : null;
  return found?.store === named ? found : { store: named, path: `/${path}` };
}

/** A target that must name one memory. */
export async function resolveMemory(
  client: ControlClient,
  cwd: string,
  store: string,
  path: string | undefined,
): Promise<Target & { readonly path: string }> {
  const target = await resolveTarget(client, cwd, store, path);
  if (target.path === undefined)
    throw new MemfsError('usage', 'the PATH of a memory is missing', {
      hint: 'give STORE and PATH, or the path of a file inside a mount',
    });
  return { ...target, path: target.path };
}

async function whereToLook(client: ControlClient): Promise<string> {
  const { session } = await client.daemon.status();
  const list = 'memfsd store list; memfsd mounts';
  return session === null ? list : `${seenBy(session)}: ${list}; or run it outside of the session`;
}

/** Why something may not be there. */
export const seenBy = (session: string): string =>
  `this process belongs to the session "${safe(session)}", which sees what was mounted for it or what it has worked on`;

const looksLikePath = (text: string): boolean => text === '.' || text === '..' || text.includes('/');

async function findStore(client: ControlClient, reference: string): Promise<string | undefined> {
  const { stores } = await client.stores.list();
  return stores.find(({ id, name }) => id === reference || name === reference)?.id;
}

async function insideMount(client: ControlClient, cwd: string, argument: string): Promise<Target | null> {
  const absolute = realLocation(resolve(cwd, argument));
  const mount = mountOf(absolute, readMountInfo());
  if (mount?.type !== memfsdType) return null;
  const { mounts } = await client.mounts.list();
  const ours = mounts.find(({ path }) => path === mount.path);
  if (ours === undefined || !isInside(absolute, ours.path)) return null;
  const below = absolute.slice(ours.path.length);
  const path = below === '' || below === '/' ? undefined : below;
  return { store: ours.store, path, ...(ours.branch === 'main' ? {} : { branch: ours.branch }) };
}

/** Follows links on the way but not the last name, and does without what is gone: a history outlives its file. */
export function realLocation(absolute: string): string {
  const parent = dirname(absolute);
  if (parent === absolute) return absolute;
  try {
    return join(realpathSync(parent), basename(absolute));
  } catch {
    return join(realLocation(parent), basename(absolute));
  }
}
