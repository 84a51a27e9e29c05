/** Faults of the file of a store, said with the store's name and what to do next. */
import { existsSync, statSync } from 'node:fs';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { StoreRow } from '../catalog.js';

export const isMissing = (path: string): boolean => !existsSync(path);

export const missingText = (path: string): string => `its file is missing: ${path}`;

/** Throws `corrupt` for a file of no bytes: SQLite would take it for a new database. */
export function refuseEmpty(path: string): void {
  if (statSync(path).size === 0) throw new MemfsError('corrupt', 'its file is empty');
}

/** SQLite says so of a file that is another database, or none any more. */
const foreign: ReadonlySet<unknown> = new Set(['SQLITE_ERROR', 'SQLITE_CANTOPEN']);

/** The error of a store that could not be opened. */
export function openingFailed(row: StoreRow, path: string, thrown: unknown): MemfsError {
  if (isMissing(path)) return missing(row, path, thrown);
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return foreign.has(code) ? damaged(row, asMemfsError(thrown)) : explained(row, thrown);
}

/** Of a store that is open: only what is damaged is not said well enough. */
export function explained(row: StoreRow, thrown: unknown): MemfsError {
  const error = asMemfsError(thrown);
  return error.code === 'corrupt' && error.hint === undefined ? damaged(row, error) : error;
}

const damaged = ({ name }: StoreRow, error: MemfsError): MemfsError =>
  new MemfsError('corrupt', `the store "${name}" is damaged: ${error.message}`, {
    hint: `memfsd verify ${quoted(name)}; memfsd store salvage ${quoted(name)} NAME makes a new store of what it holds; or bring a backup back: memfsd store import NAME --snapshot FILE`,
    cause: error,
  });

const missing = ({ name }: StoreRow, path: string, cause: unknown): MemfsError =>
  new MemfsError('corrupt', `the store "${name}" cannot be used, ${missingText(path)}`, {
    hint: `put it back, or bring a backup back: memfsd store import NAME --snapshot FILE; memfsd store delete ${quoted(name)} --confirm ${quoted(name)} forgets the store`,
    cause,
  });
