import type { SqliteDatabase, Statement } from '../database.js';
import type { DamagedTables, FoundRow } from './damaged-tables.js';
import type { Value } from './tree-pages.js';

/** Rows are put in by transactions of so many bytes. */
const batchBytes = 32 << 20;

/** Puts the rows that were found into a new database; of two with one key the first. Returns how many, by table. */
export function loadRows(
  database: SqliteDatabase,
  tables: DamagedTables,
  onPage: (done: number) => void,
): Record<string, number> {
  const counts: Record<string, number> = {};
  const inserts = new Inserts(database);
  let waiting = 0;
  database.exec('BEGIN');
  for (const row of tables.rows(onPage)) {
    const { name } = row.table;
    if (inserts.insert(row)) counts[name] = (counts[name] ?? 0) + 1;
    waiting += bytesOf(row.values);
    if (waiting < batchBytes) continue;
    database.exec('COMMIT; BEGIN');
    waiting = 0;
  }
  database.exec('COMMIT');
  return counts;
}

class Inserts {
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, Statement>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
    // What a new database begins with.
    database.exec('DELETE FROM branches; DELETE FROM meta');
  }

  insert({ table, rowid, values }: FoundRow): boolean {
    if (table.rowidColumn !== null) values[table.rowidColumn] = rowid;
    const key = `${table.name} ${values.length}`;
    let statement = this.#statements.get(key);
    if (statement === undefined) {
      const columns = table.columns.slice(0, values.length).map(({ name }) => name);
      statement = this.#database.prepare(
        `INSERT OR IGNORE INTO ${table.name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      );
      this.#statements.set(key, statement);
    }
    return statement.run(...values).changes > 0;
  }
}

const bytesOf = (values: readonly Value[]): number =>
  values.reduce<number>(
    (sum, value) => sum + (value === null || typeof value === 'number' ? 8 : value.length),
    0,
  );
