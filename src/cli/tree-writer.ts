/** Writes a tree to an absent or empty directory of the user's, for export. */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import type { ImportResult } from '../api/endpoints/memories.js';
import { MemfsError } from '../core/errors.js';
import type { TreeEntry } from '../core/trees.js';

export interface WrittenTree extends ImportResult {
  /** Files whose content is not what the journal says it is. */
  damaged: string[];
}

export async function writeTree(
  cwd: string,
  directory: string,
  entries: AsyncIterable<TreeEntry>,
  progress: (so: WrittenTree) => void,
): Promise<WrittenTree> {
  const root = resolve(cwd, directory);
  prepare(root);
  const result: WrittenTree = { files: 0, directories: 0, symlinks: 0, links: 0, bytes: 0, damaged: [] };
  const directories: { location: Buffer; entry: TreeEntry }[] = [];
  for await (const entry of entries) {
    if (entry.path.toString('latin1') === '/') continue;
    const location = locate(root, entry.path);
    switch (entry.kind) {
      case 'directory':
        mkdirSync(location, 0o700);
        directories.push({ location, entry });
        result.directories += 1;
        break;
      case 'symlink':
        symlinkSync(entry.target!, location);
        lutimesSync(location, seconds(entry), seconds(entry));
        result.symlinks += 1;
        break;
      case 'link':
        linkSync(locate(root, entry.target!), location);
        result.links += 1;
        break;
      case 'file':
        if (!writeFile(location, entry)) result.damaged.push(entry.path.toString());
        result.files += 1;
        result.bytes += entry.size;
        break;
    }
    progress(result);
  }
  // Last and from below: each new name changes its directory's time, and 0555 would take no names.
  for (const { location, entry } of directories.reverse()) {
    chmodSync(location, entry.mode);
    utimesSync(location, seconds(entry), seconds(entry));
  }
  return result;
}

function prepare(root: string): void {
  try {
    mkdirSync(root, { recursive: true });
    if (readdirSync(root).length === 0) return;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const kind = code === 'EEXIST' || code === 'ENOTDIR' ? 'not_a_directory' : 'access_denied';
    throw new MemfsError(kind, `${root} cannot be written to: ${message}`, { cause: error });
  }
  throw new MemfsError('not_empty', `${root} is not empty`, { hint: 'choose an absent or empty directory' });
}

function locate(root: string, path: Buffer): Buffer {
  const parts = path.toString('latin1').split('/');
  if (parts[0] !== '' || parts.includes('..'))
    throw new MemfsError('invalid', `the daemon sent a path that climbs out: ${path}`);
  return Buffer.concat([Buffer.from(root), path]);
}

/** Returns whether the content has the hash that it should have. */
function writeFile(location: Buffer, entry: TreeEntry): boolean {
  const hash = createHash('sha256');
  const descriptor = openSync(location, 'wx', 0o600);
  try {
    for (const chunk of entry.chunks ?? []) {
      hash.update(chunk);
      for (let written = 0; written < chunk.length; ) written += writeSync(descriptor, chunk, written);
    }
  } finally {
    closeSync(descriptor);
  }
  chmodSync(location, entry.mode);
  utimesSync(location, seconds(entry), seconds(entry));
  return entry.sha256 === undefined || hash.digest('hex') === entry.sha256;
}

const seconds = ({ mtime }: TreeEntry): number => mtime.sec + mtime.nsec / 1e9;
