/** Long work on the file of a store, each task a function that a worker thread runs (`runInWorker`). */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { VerifyReportBody } from '../../api/endpoints/history.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { measureSpace, type Space } from '../../journal/contents/space.js';
import { copyStore, settle } from '../../journal/transfer/copy.js';
import { exportHistory } from '../../journal/transfer/history-export.js';
import { importHistory } from '../../journal/transfer/history-import.js';
import { type VerifyReport, verifyStore } from '../../journal/verify.js';
import { batched, linesOf, writeFully } from '../log/line-files.js';
import { salvageTask } from './salvage-task.js';

export type OnProgress = (done: number, total: number) => void;

export interface CopyFacts {
  /** `memstore_…` */
  readonly id: string;
  readonly createdMs: number;
  readonly report: VerifyReportBody;
}

function verify(path: string, onProgress: OnProgress): VerifyReportBody {
  const { firstBad, ...rest }: VerifyReport = verifyStore(path, { onProgress });
  return { ...rest, first_bad: firstBad };
}

const space = (path: string): Space => measureSpace(path);

interface Copy {
  readonly source: string;
  readonly target: string;
  /** The id of the copy; null: that of the source. */
  readonly id: string | null;
}

/** A copy that was verified and lies safely on the disk. */
function copy({ source, target, id }: Copy, onProgress: OnProgress): CopyFacts {
  copyStore(source, target, id);
  return adopt({ path: target, id: null }, onProgress);
}

interface Adopt {
  readonly path: string;
  readonly id: string | null;
}

/** Throws `invalid` for a file that is no store, `corrupt` for a damaged one. */
function adopt({ path, id }: Adopt, onProgress: OnProgress): CopyFacts {
  const facts = settled(path, id);
  const report = sound(path, onProgress);
  const descriptor = openSync(path, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
  return { ...facts, report };
}

function sound(path: string, onProgress: OnProgress): VerifyReportBody {
  const report = verify(path, onProgress);
  if (report.first_bad === null) return report;
  throw new MemfsError('corrupt', `the store is damaged: ${report.first_bad.problem}`, {
    hint: 'memfsd store salvage makes a new store of what it still holds.',
  });
}

function settled(path: string, id: string | null): ReturnType<typeof settle> {
  try {
    return settle(path, id);
  } catch (thrown) {
    const error = asMemfsError(thrown);
    if (error.code === 'unsupported') throw error;
    throw new MemfsError('invalid', `the file is no store of memfsd: ${error.message}`, { cause: thrown });
  }
}

interface History {
  /** The database of the store. */
  readonly path: string;
  /** The lines. */
  readonly file: string;
}

/** Throws `corrupt` for a damaged store: nobody could import its history. */
function writeHistory({ path, file }: History, onProgress: OnProgress): null {
  sound(path, onProgress);
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    for (const lines of batched(exportHistory(path))) writeFully(descriptor, Buffer.from(lines));
  } finally {
    closeSync(descriptor);
  }
  return null;
}

/** Throws `invalid` for what is no history, `corrupt` for one that does not fit together. */
function readHistory({ path, file }: History, onProgress: OnProgress): CopyFacts {
  importHistory(path, linesOf(file));
  return adopt({ path, id: null }, onProgress);
}

export const storeTasks = { verify, space, copy, adopt, writeHistory, readHistory, salvage: salvageTask };

export type StoreTask = keyof typeof storeTasks;
export type TaskArgs<Task extends StoreTask> = Parameters<(typeof storeTasks)[Task]>[0];
export type TaskResult<Task extends StoreTask> = ReturnType<(typeof storeTasks)[Task]>;
