/** The files that FILE and DIR arguments name. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { asMemfsError, MemfsError } from '../core/errors.js';
import { type MountInfo, memfsdType, mountOf } from '../core/mountinfo.js';

export interface TranscriptFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

export const isTranscriptName = (name: string): boolean => /\.(?:jsonl|ndjson|json)$/i.test(name);

/** Memories are no transcripts, whatever they look like. */
export const isOnMount = (path: string, mounts: readonly MountInfo[]): boolean =>
  mountOf(path, mounts)?.type === memfsdType;

/** The transcripts at a path. In a directory, all files below it with the name of one; mounts of memfsd are not entered. In order of their paths. */
export async function transcriptFiles(
  cwd: string,
  names: readonly string[],
  mounts: readonly MountInfo[],
): Promise<TranscriptFile[]> {
  const files = new Map<string, TranscriptFile>();
  for (const name of names) {
    const path = await realPath(resolve(cwd, name));
    const facts = await stat(path);
    if (facts.isDirectory()) for await (const file of filesBelow(path, mounts)) files.set(file.path, file);
    else if (facts.isFile()) files.set(path, { path, size: facts.size });
    else throw new MemfsError('invalid', `${path} is neither a file nor a directory`);
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new MemfsError('not_found', `${path} does not exist`);
    if (code === 'EACCES') throw new MemfsError('access_denied', `${path} cannot be reached`);
    throw asMemfsError(error);
  }
}

async function* filesBelow(root: string, mounts: readonly MountInfo[]): AsyncGenerator<TranscriptFile> {
  const open = [root];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    if (isOnMount(directory, mounts)) continue;
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile() && isTranscriptName(entry.name)) yield { path, size: (await stat(path)).size };
    }
  }
}
