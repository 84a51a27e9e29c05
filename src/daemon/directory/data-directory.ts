/** The data directory: which it is, whether it may be used, and making it. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readMountInfo } from '../../api/mountinfo.js';
import { asMemfsError, MemfsError, mayPass } from '../../core/errors.js';
import { memfsdType, mountOf } from '../../core/mountinfo.js';
import { syncDirectory } from '../../journal/sync-directory.js';
import { unsuitable, unsuitableAt } from './file-systems.js';
import { followPath, othersThatWrite, ownTrust, type Trail, weaknessOf } from './path-trust.js';
import { accessListOf } from './posix-acl.js';

const elsewhere = 'choose another with --data or MEMFSD_HOME';

/** Where the data lie: `--data`, else $MEMFSD_HOME, else the XDG data directory. Throws `invalid` where there is none. */
export function dataDirectory(option: string | undefined, environment: NodeJS.ProcessEnv): string {
  const { MEMFSD_HOME: own, XDG_DATA_HOME: xdg } = environment;
  if (option) return resolve(option);
  if (own) return resolve(own);
  return join(xdg?.startsWith('/') ? xdg : join(homeDirectory(environment), '.local', 'share'), 'memfsd');
}

/** A relative $HOME would give each working directory stores of its own: then it is what passwd(5) says. */
function homeDirectory({ HOME: home }: NodeJS.ProcessEnv): string {
  if (home?.startsWith('/')) return home;
  const known = homeInPasswd();
  if (known?.startsWith('/')) return known;
  throw new MemfsError('invalid', 'there is no home directory for the data: HOME is no absolute path', {
    hint: 'set HOME, or choose a data directory with --data or MEMFSD_HOME',
  });
}

function homeInPasswd(): string | null {
  try {
    return userInfo().homedir;
  } catch {
    return null;
  }
}

/**
 * The real path of the data directory; null: it is not there. Changes nothing. Throws `access_denied` or `unsupported`
 * with the reason why it must not be used.
 */
export function findDataDirectory(path: string): string | null {
  const { real, missing } = examine(path);
  return missing.length === 0 ? real : null;
}

/**
 * For who starts a daemon: makes the data directory, or makes it private, and looks at what is in it. Returns its real
 * path; throws as `findDataDirectory` does.
 */
export function prepareDataDirectory(path: string): string {
  return orUnusable(path, () => {
    const { real, missing } = examine(path);
    const target = join(real, ...missing);
    if (missing.length > 0) makeDirectory(target);
    if ((statSync(target).mode & 0o077) !== 0 && isOwn(target)) chmodSync(target, 0o700);
    // Somebody may have been faster, or have put something into it while it was open.
    if (examine(path).real !== target) return prepareDataDirectory(path);
    inspectContents(target);
    makeDirectory(join(target, 'stores'));
    return target;
  });
}

/** Checks what `prepareDataDirectory` would do, without doing it. Throws what it would throw. */
export function foreseeDataDirectory(path: string): 'made' | 'made private' | 'used' {
  return orUnusable(path, () => {
    const { real, missing } = examine(path);
    accessSync(real, constants.W_OK | constants.X_OK);
    if (missing.length > 0) return 'made';
    inspectContents(real);
    return (statSync(real).mode & 0o077) === 0 ? 'used' : 'made private';
  });
}

function examine(path: string): Trail {
  // Before anything there is touched: it might wait for its daemon.
  if (mountOf(path, readMountInfo())?.type === memfsdType)
    throw misplaced(path, unsuitable(0, memfsdType, '')!);
  return orUnusable(path, () => {
    const trail = followPath(path);
    const trust = ownTrust(process.geteuid!());
    const weak = weaknessOf(trail, trust);
    if (weak !== null)
      throw new MemfsError('access_denied', `the data directory ${path} is not safe: ${weak.reason}`, {
        hint: weak.cure === null ? elsewhere : `${weak.cure}, or ${elsewhere}`,
      });
    const reason = unsuitableAt(trail.real);
    if (reason !== null) throw misplaced(path, reason);
    if (trail.missing.length === 0) examineDirectory(trail.real);
    return trail;
  });
}

const misplaced = (path: string, reason: string): MemfsError =>
  new MemfsError('unsupported', `the data directory ${path} lies ${reason}`, {
    hint: 'choose one on a local disk with --data or MEMFSD_HOME',
  });

function examineDirectory(path: string): void {
  const facts = lstatSync(path);
  if (!facts.isDirectory())
    throw new MemfsError('not_a_directory', `the data directory ${path} is no directory`, {
      hint: elsewhere,
    });
  if (facts.uid !== process.geteuid?.())
    throw new MemfsError('access_denied', `the data directory ${path} belongs to another user`, {
      hint: elsewhere,
    });
  const others = othersThatWrite(facts, accessListOf(path), ownTrust(facts.uid));
  if (others !== null && readdirSync(path).length > 0)
    throw new MemfsError(
      'access_denied',
      `${others} can write into the data directory ${path}, so what is in it may not be yours`,
      { hint: `look at what is in it (ls -la ${path}), then chmod 0700 ${path}; or ${elsewhere}` },
    );
}

const isOwn = (path: string): boolean => statSync(path).uid === process.geteuid?.();

/** Nothing in it may lead elsewhere, or be another user's. */
function inspectContents(data: string): void {
  accessSync(data, constants.W_OK | constants.X_OK);
  for (const directory of [data, join(data, 'stores')]) {
    if (!existsSync(directory)) continue;
    for (const name of readdirSync(directory)) inspectEntry(join(directory, name), name);
  }
}

function inspectEntry(path: string, name: string): void {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return;
  // Of a file system that begins here.
  if (name === 'lost+found' && facts.uid === 0) return;
  if (facts.uid !== process.geteuid?.())
    throw new MemfsError('access_denied', `${path} belongs to another user`, {
      hint: `remove it, or take it over if you know what it is (chown ${process.geteuid?.()} ${path})`,
    });
  if (facts.isSymbolicLink())
    throw new MemfsError('access_denied', `${path} is a symbolic link, and memfsd follows none in its data`, {
      hint: 'put the file itself there; the data directory as a whole may be a link',
    });
}

/** Node's own `recursive` never ends where mkdir(2) says ENOENT below a directory that is there (/proc). */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
    // What fsync promises below it holds for its own name, too.
    syncDirectory(parent);
  } catch (error) {
    // Another starter was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function orUnusable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MemfsError) throw error;
    const message = `the data directory ${path} cannot be used: ${(error as Error).message}`;
    const known = asMemfsError(error);
    const code = mayPass(known) ? known.code : 'access_denied';
    throw new MemfsError(code, message, { hint: elsewhere, cause: error });
  }
}
