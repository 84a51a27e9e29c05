/** The tables of a store by the shape of their rows, for pages of which nothing else says what they are. */
import { memoryDatabase, type SqliteDatabase } from '../../sqlite/database.js';
import { operations } from '../records/records.js';
import { migrations } from '../schema.js';
import type { Value } from './tree-pages.js';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
}

export interface TableShape {
  readonly name: string;
  /** In the order in which a row stores them. */
  readonly columns: readonly Column[];
  /** The column that is the rowid: NULL in the row; null: there is none. */
  readonly rowidColumn: number | null;
  /** Its rows lie in the tree of its primary key, in inner pages too. */
  readonly isIndexTree: boolean;
  /** So many columns its rows had, under this schema or one before. */
  readonly lengths: ReadonlySet<number>;
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: 0 | 1;
  readonly pk: number;
}

/** A schema that a store may have. */
export interface StoreSchema {
  /** `PRAGMA user_version` */
  readonly version: number;
  readonly shapes: readonly TableShape[];
  /** How each table and index is made. */
  readonly sql: ReadonlyMap<string, string | null>;
}

/** Every schema that was shipped, the oldest first. */
export function storeSchemas(): StoreSchema[] {
  const database = memoryDatabase();
  try {
    const lengths = new Map<string, Set<number>>();
    return migrations.map((migration, index) => {
      database.exec(migration);
      const shapes = shapesOf(database, lengths);
      const made = database.prepare('SELECT name, sql FROM sqlite_schema').all() as {
        name: string;
        sql: string | null;
      }[];
      return { version: index + 1, shapes, sql: new Map(made.map(({ name, sql }) => [name, sql])) };
    });
  } finally {
    database.close();
  }
}

/** `lengths`: of the rows of each table so far. */
function shapesOf(database: SqliteDatabase, lengths: Map<string, Set<number>>): TableShape[] {
  const tables = (database.pragma('table_list') as TableRow[]).filter(
    ({ name, type }) => type === 'table' && !name.startsWith('sqlite_'),
  );
  return tables.map(({ name, ncol, wr }) => {
    lengths.set(name, (lengths.get(name) ?? new Set()).add(ncol));
    const rows = database.pragma(`table_info(${name})`) as ColumnRow[];
    const isIndexTree = wr === 1;
    const keys = rows.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    const isRowid = !isIndexTree && keys.length === 1 && keys[0]!.type === 'INTEGER';
    const ordered = isIndexTree ? [...keys, ...rows.filter(({ pk }) => pk === 0)] : rows;
    return {
      name,
      columns: ordered.map((row) => ({ name: row.name, type: row.type, isRequired: row.notnull === 1 })),
      rowidColumn: isRowid ? rows.indexOf(keys[0]!) : null,
      isIndexTree,
      lengths: new Set(lengths.get(name)),
    };
  });
}

interface TableRow {
  readonly name: string;
  readonly type: string;
  readonly ncol: number;
  readonly wr: 0 | 1;
}

/** Whether these can be the columns of a row of the table. */
export function fits(shape: TableShape, values: readonly Value[]): boolean {
  if (!shape.lengths.has(values.length)) return false;
  const isOf = values.every((value, i) => {
    const { type, isRequired } = shape.columns[i]!;
    if (i === shape.rowidColumn) return value === null;
    if (value === null) return !isRequired;
    if (type === 'INTEGER') return typeof value === 'number' && Number.isInteger(value);
    if (type === 'TEXT') return typeof value === 'string';
    return type === '' || Buffer.isBuffer(value);
  });
  return isOf && (rules[shape.name]?.(values) ?? true);
}

const hasBytes = (value: Value | undefined, bytes: number): boolean =>
  Buffer.isBuffer(value) && value.length === bytes;

const fileTypes = 0o170000;
const knownTypes = new Set([0o010000, 0o020000, 0o040000, 0o060000, 0o100000, 0o120000, 0o140000]);
const greatest = 2 ** 52;
const isNumber = (value: Value | undefined): boolean =>
  typeof value === 'number' && value >= 0 && value < greatest;

/** Conditions on columns beside their types. */
const rules: Readonly<Record<string, (values: readonly Value[]) => boolean>> = {
  records: ([, branch, time, operation, actor, ino, , , commitment, chain, salt]) =>
    [branch, time, actor, ino].every(isNumber) &&
    (operation as number) >= 0 &&
    (operation as number) < operations.length &&
    hasBytes(commitment, 32) &&
    hasBytes(chain, 32) &&
    (salt === null || hasBytes(salt, 16)),
  entries: ([, branch, parent, name, ino]) =>
    [branch, parent, ino].every(isNumber) && Buffer.isBuffer(name) && isName(name),
  inodes: ([branch, ino, mode, , , , , size]) =>
    [branch, ino, size].every(isNumber) && knownTypes.has((mode as number) & fileTypes),
  inode_history: ([branch, ino, from, to, mode]) =>
    [branch, ino, from, to].every(isNumber) && knownTypes.has((mode as number) & fileTypes),
  contents: ([, sha256, size]) => (sha256 === null || hasBytes(sha256, 32)) && isNumber(size),
};

const metaKeys =
  /^(?:store|created_ms|configuration|damaged|unwiped|retention|retention_ran_ms|spool|former_spool|next_[a-zA-Z]+)$/;
const isOfMarks = (name: Value | undefined): boolean => /^\d+ /.test(name as string);

/** Tells a row from one of a table or an index of the same shape, where the tree of its page is not known. */
const marks: Readonly<Record<string, (values: readonly Value[]) => boolean>> = {
  meta: ([key]) => metaKeys.test(key as string),
  log_marks: ([view]) => isOfMarks(view),
  reads: ([session]) => !isOfMarks(session),
};

/** The table that a row in a page of unknown origin must be of. */
export const recognised = (
  shapes: readonly TableShape[],
  isIndexTree: boolean,
  values: readonly Value[],
): TableShape | undefined =>
  shapes.find(
    (shape) =>
      shape.isIndexTree === isIndexTree && fits(shape, values) && (marks[shape.name]?.(values) ?? true),
  );

const isName = (name: Buffer): boolean =>
  name.length > 0 && name.length <= 255 && !name.includes(0x2f) && !name.includes(0);
