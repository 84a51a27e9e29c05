import { MemfsError } from '../../core/errors.js';
import { mainBranch } from '../branches/branches.js';

/** Lines of JSON, one object with one key each: docs/history-format.md. The first version knew main only. */
export const historyVersion = 2;

export interface HistoryHeader {
  /** `historyVersion` */
  readonly memfsd_history: number;
  /** `memstore_…` */
  readonly store: string;
  readonly created_ms: number;
  /** The newest record and its chain (lowercase hex). */
  readonly head: number;
  readonly chain: string;
  /** Numbers that were never given out. */
  readonly next_inode: number;
  readonly next_memory: number;
}

export interface ContentLine {
  readonly id: number;
  /** Lowercase hex. */
  readonly sha256: string;
  readonly size: number;
  /** It begins with the first `keep` bytes of an earlier content; 0 with `from` null. */
  readonly from: number | null;
  readonly keep: number;
}

export interface EndLine {
  readonly records: number;
  readonly contents: number;
}

/** Rows of a table as lines, the columns by name. */
export interface Section {
  readonly kind: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** Columns that are bytes: base64 in the line. */
  readonly bytes: readonly string[];
  /** The value of a column that files of an earlier version lack. */
  readonly defaults?: Readonly<Record<string, number>>;
  /** Chooses and orders the rows. */
  readonly rows: string;
}

const words = (text: string): string[] => text.split(' ');

/** Nodes that history knows: the root and whatever has a name in it now, on the same branch. */
const versioned = (table: string): string =>
  `ino = 1 OR EXISTS (SELECT 1 FROM entries e WHERE e.branch = ${table}.branch AND e.ino = ${table}.ino
     AND e.from_seq IS NOT NULL AND e.to_seq IS NULL)`;

/** In the order of the file, behind the contents. */
export const sections: readonly Section[] = [
  {
    kind: 'actor',
    table: 'actors',
    columns: words('id agent session'),
    bytes: [],
    rows: 'ORDER BY id',
  },
  {
    kind: 'record',
    table: 'records',
    columns: words(
      'seq branch time_ms operation actor ino memory parent commitment chain salt path previous_path content mount claimed flags removes removed_by',
    ),
    bytes: words('commitment chain salt path previous_path removes'),
    rows: 'ORDER BY seq',
  },
  {
    kind: 'branch',
    table: 'branches',
    columns: words('id name fork_seq dropped_seq'),
    bytes: [],
    rows: `WHERE id <> ${mainBranch.id} ORDER BY id`,
  },
  {
    kind: 'name',
    table: 'entries',
    columns: words('branch parent name ino memory from_seq to_seq'),
    bytes: ['name'],
    rows: 'WHERE from_seq IS NOT NULL ORDER BY id',
  },
  {
    kind: 'node',
    table: 'inodes',
    columns: words(
      'branch ino mode uid gid rdev nlink size atime_sec atime_nsec mtime_sec mtime_nsec ctime_sec ctime_nsec content memory version since target',
    ),
    bytes: ['target'],
    rows: `WHERE ${versioned('inodes')} ORDER BY branch, ino`,
  },
  {
    kind: 'past',
    table: 'inode_history',
    columns: words('branch ino from_seq to_seq mode uid gid target'),
    bytes: ['target'],
    rows: 'ORDER BY branch, ino, from_seq',
  },
  {
    kind: 'xattr',
    table: 'xattrs',
    columns: words('branch ino name value'),
    bytes: ['value'],
    rows: `WHERE ${versioned('xattrs')} ORDER BY branch, ino, name`,
  },
  {
    kind: 'refusal',
    table: 'refusals',
    columns: words(
      'branch id time_ms mount agent session operation code cause path ino memory number base_seq head_seq base mine theirs resolved_ms resolution',
    ),
    bytes: ['path'],
    defaults: { branch: mainBranch.id },
    rows: 'ORDER BY id',
  },
  {
    kind: 'read',
    table: 'reads',
    columns: words('session seq time_ms'),
    bytes: [],
    rows: 'ORDER BY session, seq',
  },
];

export type Row = Readonly<Record<string, unknown>>;

export function encodeRow({ bytes }: Section, row: Row): Row {
  const encoded = bytes.map((column) => [column, (row[column] as Buffer | null)?.toString('base64') ?? null]);
  return { ...row, ...Object.fromEntries(encoded) };
}

/** The values of the columns, in their order. Throws `invalid`. */
export function decodeRow({ kind, columns, bytes, defaults }: Section, row: Row): unknown[] {
  return columns.map((column) => {
    const value = row[column] === undefined ? defaults?.[column] : row[column];
    if (value === null) return null;
    if (bytes.includes(column) && typeof value === 'string') return Buffer.from(value, 'base64');
    if (!bytes.includes(column) && (typeof value === 'string' || Number.isSafeInteger(value))) return value;
    throw new MemfsError('invalid', `a line "${kind}" has no proper "${column}"`);
  });
}
