import type { ScopeMatcher } from '../../core/scope.js';
import { operations, type RecordRow } from '../../journal/records/records.js';

const deleted = operations.indexOf('deleted');
const exchanged = operations.indexOf('exchanged');
const ofDirectories = new Set(['mkdir', 'rmdir'].map((name) => operations.indexOf(name as 'mkdir')));

/** Paths as raw bytes, `/`-rooted; the root is empty. */
export const showsFile = (matcher: ScopeMatcher, path: Buffer): boolean =>
  matcher.isWhole || matcher.access(path.toString('latin1')) !== 'none';

/** Directories on the way to what is granted are shown too. */
export function showsDirectory(matcher: ScopeMatcher, path: Buffer): boolean {
  const text = path.length === 0 ? '/' : path.toString('latin1');
  return matcher.isWhole || matcher.access(text) !== 'none' || matcher.isPassable(text);
}

type Places = Pick<RecordRow, 'operation' | 'path' | 'previous_path'>;

const shows = (matcher: ScopeMatcher, operation: number, path: Buffer | null): path is Buffer =>
  path !== null && (ofDirectories.has(operation) ? showsDirectory(matcher, path) : showsFile(matcher, path));

/** Whether a scope shows anything of a record. */
export const showsRecord = (matcher: ScopeMatcher, { operation, path, previous_path }: Places): boolean =>
  matcher.isWhole || shows(matcher, operation, path) || shows(matcher, operation, previous_path);

/**
 * A record as a scope shows it; null: not at all. What came from a hidden place does not say from where, and what
 * went to one was deleted, as far as can be seen from here.
 */
export function visibleRecord(matcher: ScopeMatcher, record: RecordRow): RecordRow | null {
  if (matcher.isWhole) return record;
  const { operation, path, previous_path } = record;
  const showsPrevious = shows(matcher, operation, previous_path);
  if (shows(matcher, operation, path))
    return previous_path === null || showsPrevious ? record : { ...record, previous_path: null };
  if (!showsPrevious) return null;
  const nothing = { content: null, sha256: null, size: null };
  // What came in exchange is not what the record is about.
  if (record.operation === exchanged)
    return { ...record, memory: null, path: previous_path, previous_path: null, ...nothing };
  return { ...record, operation: deleted, path: previous_path, previous_path: null, ...nothing };
}
