/** A directory of the user's as a tree, for import. */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SourceEntry } from '../api/tree-stream.js';
import { MemfsError } from '../core/errors.js';

export interface TreeEvents {
  read(entry: SourceEntry): void;
  skipped(path: string): void;
}

const slash = Buffer.from('/');
const billion = 1_000_000_000n;
const chunkBytes = 64 * 1024;

export async function* readTree(
  cwd: string,
  directory: string,
  events: TreeEvents,
): AsyncGenerator<SourceEntry> {
  const root = resolve(cwd, directory);
  const facts = lstatSync(root, { throwIfNoEntry: false });
  if (facts === undefined) throw new MemfsError('not_found', `${root} does not exist`);
  const firstNames = new Map<string, Buffer>();
  const walk = function* (below: Buffer): Generator<SourceEntry> {
    for (const name of names(root, below)) {
      const path = Buffer.concat([below, slash, name]);
      const entry = entryOf(onDisk(root, path), path, firstNames);
      if (entry === null) {
        events.skipped(path.toString());
        continue;
      }
      events.read(entry);
      yield entry;
      if (entry.kind === 'directory') yield* walk(path);
    }
  };
  yield* walk(Buffer.alloc(0));
}

const onDisk = (root: string, path: Buffer): Buffer => Buffer.concat([Buffer.from(root), path]);

function names(root: string, below: Buffer): Buffer[] {
  try {
    return readdirSync(onDisk(root, below), { encoding: 'buffer' }).sort(Buffer.compare);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new MemfsError(code === 'ENOTDIR' ? 'not_a_directory' : 'access_denied', message, { cause: error });
  }
}

/** Null for what is neither a file, a directory nor a link. */
function entryOf(location: Buffer, path: Buffer, firstNames: Map<string, Buffer>): SourceEntry | null {
  const facts = lstatSync(location, { bigint: true });
  const common = {
    path,
    mode: Number(facts.mode & 0o7777n),
    mtime: {
      sec: Number(floorDiv(facts.mtimeNs)),
      nsec: Number(facts.mtimeNs - floorDiv(facts.mtimeNs) * billion),
    },
    size: 0,
  };
  if (facts.isDirectory()) return { ...common, kind: 'directory' };
  if (facts.nlink > 1n) {
    const key = `${facts.dev}:${facts.ino}`;
    const first = firstNames.get(key);
    if (first !== undefined) return { ...common, kind: 'link', target: first };
    firstNames.set(key, path);
  }
  if (facts.isSymbolicLink())
    return { ...common, kind: 'symlink', target: readlinkSync(location, { encoding: 'buffer' }) };
  if (!facts.isFile()) return null;
  return { ...common, kind: 'file', size: Number(facts.size), chunks: content(location) };
}

const floorDiv = (ns: bigint): bigint => (ns >= 0n ? ns / billion : -((-ns + billion - 1n) / billion));

/** Opened when it is read, not when it is listed. Synchronous: most files are small, and a stream costs more. */
function* content(location: Buffer): Generator<Uint8Array> {
  const file = openSync(location, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(file, chunk, 0, chunkBytes, null);
      if (length > 0) yield chunk.subarray(0, length);
      if (length < chunkBytes) return;
    }
  } finally {
    closeSync(file);
  }
}
