import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { asMemfsError, MemfsError, mayPass } from '../core/errors.js';

/** More than a file system keeps in its last block. */
const trial = Buffer.alloc(64 * 1024);

const said: Readonly<Record<string, string>> = {
  no_space: 'the disk is full',
  quota: 'the disk quota of this user is used up',
  read_only: 'the file system is mounted read-only',
  busy: 'another program has locked the database',
};

/** Why nothing can be written beside the database at `path`, by a write of our own; null: it can. */
export function failureToWrite(path: string): MemfsError | null {
  // Removed at the next start, should this process die here.
  const file = `${path}-wal.part`;
  try {
    const descriptor = openSync(file, 'w', 0o600);
    try {
      for (let written = 0; written < trial.length; ) written += writeSync(descriptor, trial, written);
    } finally {
      closeSync(descriptor);
      rmSync(file);
    }
    return null;
  } catch (thrown) {
    return explained(path, asMemfsError(thrown));
  }
}

/**
 * The error behind a failure of the database at `path`. SQLite has no error for a used-up quota, nor for an index of the WAL that
 * does not fit: it says SQLITE_IOERR_… or SQLITE_CANTOPEN, and why is found by trying.
 */
export function failureAt(path: string, thrown: unknown): MemfsError {
  if (thrown instanceof MemfsError) return thrown;
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  if (typeof code === 'string' && /^SQLITE_(IOERR|CANTOPEN|READONLY)/.test(code)) {
    const why = failureToWrite(path);
    if (why !== null) return why;
  }
  return explained(path, asMemfsError(thrown));
}

function explained(path: string, error: MemfsError): MemfsError {
  const cause = error.cause;
  if (!mayPass(error) || cause === undefined) return error;
  const hint = error.code === 'busy' ? { hint: `fuser -v ${path} shows which` } : {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const better = new MemfsError(
    error.code,
    `${said[error.code]} (${error.code === 'busy' ? path : dirname(path)})`,
    { cause, ...hint },
  );
  Error.stackTraceLimit = limit;
  return better;
}
