import type { SqliteDatabase, Statement } from '../database.js';

/** The node ids that the kernel of each connection was given for paths below `.memfs/` (raw bytes, without it). */
export class ControlNodeTable {
  readonly #idOf: Statement;
  readonly #pathOf: Statement;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #drop: Statement;
  readonly #connections: Statement;

  constructor(database: SqliteDatabase) {
    this.#idOf = database.prepare('SELECT id FROM control_nodes WHERE connection = ? AND path = ?').pluck();
    this.#pathOf = database.prepare('SELECT path FROM control_nodes WHERE id = ? AND connection = ?').pluck();
    this.#insert = database.prepare('INSERT INTO control_nodes (id, connection, path) VALUES (?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM control_nodes WHERE id = ? AND connection = ?');
    this.#drop = database.prepare('DELETE FROM control_nodes WHERE connection = ?');
    this.#connections = database.prepare('SELECT DISTINCT connection FROM control_nodes').pluck();
  }

  idOf(connection: number, path: Buffer): number | undefined {
    return this.#idOf.get(connection, path) as number | undefined;
  }

  pathOf(connection: number, id: number): Buffer | undefined {
    return this.#pathOf.get(id, connection) as Buffer | undefined;
  }

  add(id: number, connection: number, path: Buffer): void {
    this.#insert.run(id, connection, path);
  }

  remove(id: number, connection: number): void {
    this.#delete.run(id, connection);
  }

  /** The connection is over: its kernel asks for nothing any more. */
  dropConnection(connection: number): void {
    this.#drop.run(connection);
  }

  connections(): number[] {
    return this.#connections.all() as number[];
  }
}
