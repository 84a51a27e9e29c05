import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import type Database from 'better-sqlite3';

/** Of the write-ahead log and of each of its frames (sqlite.org/fileformat2.html#walformat). */
const headerBytes = 32;
const frameHeaderBytes = 24;
const saltsInHeader = 16;
const saltsInFrame = 8;
const saltBytes = 8;

/**
 * Cuts off what lies behind the frames that count. A loss of power may leave frames of lost commits there, whole but for
 * sectors that never reached the disk. The next commits go to the same places under the same salts; where they are equal,
 * as those are that carry out again what a spool still holds, a second loss of power could leave a lost frame whole, and all
 * that followed it would count again. After the death of a process nothing is there, and nothing is done.
 *
 * To be called before the first write. A file that another program holds locked is left as it is.
 */
export function cutRemnants(database: Database.Database, path: string): void {
  const wal = database.memory ? null : openLog(`${path}-wal`);
  if (wal === null) return;
  try {
    const before = commits(database);
    const from = end(database);
    if (!hasRemnants(wal, from, frameBytes(database))) return;
    database.exec('BEGIN IMMEDIATE');
    try {
      if (commits(database) === before) cut(wal, from);
    } finally {
      database.exec('ROLLBACK');
    }
  } catch (error) {
    if (!isBusy(error)) throw error;
  } finally {
    closeSync(wal);
  }
}

function openLog(path: string): number | null {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A disk that cannot sync is for the first commit to find. */
function cut(wal: number, from: number): void {
  ftruncateSync(wal, from);
  try {
    fdatasyncSync(wal);
  } catch {}
}

/** Another number when another connection has committed. */
const commits = (database: Database.Database): unknown => database.pragma('data_version', { simple: true });

/** Where the frames that count end. */
function end(database: Database.Database): number {
  const [{ log }] = database.pragma('wal_checkpoint(NOOP)') as [{ readonly log: number }];
  return log <= 0 ? 0 : headerBytes + log * frameBytes(database);
}

const frameBytes = (database: Database.Database): number =>
  frameHeaderBytes + (database.pragma('page_size', { simple: true }) as number);

/** Frames of an earlier log, which have other salts, do no harm. */
function hasRemnants(wal: number, from: number, step: number): boolean {
  const { size } = fstatSync(wal);
  if (from === 0) return size > 0;
  const salts = Buffer.alloc(saltBytes);
  readSync(wal, salts, 0, saltBytes, saltsInHeader);
  const found = Buffer.alloc(saltBytes);
  for (let frame = from; frame < size; frame += step)
    if (readSync(wal, found, 0, saltBytes, frame + saltsInFrame) === saltBytes && found.equals(salts))
      return true;
  return false;
}

const isBusy = (error: unknown): boolean =>
  String((error as { readonly code?: unknown }).code).startsWith('SQLITE_BUSY');
