import type { SqliteDatabase, Statement } from './database.js';

/** Extended attributes of the inodes of one branch. */
export class XattrTable {
  readonly #branch: number;
  readonly #get: Statement;
  readonly #list: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #clear: Statement;

  constructor(database: SqliteDatabase, branch: number) {
    this.#branch = branch;
    const one = 'branch = ? AND ino = ? AND name = ?';
    this.#get = database.prepare(`SELECT value FROM xattrs WHERE ${one}`).pluck();
    this.#list = database
      .prepare('SELECT name FROM xattrs WHERE branch = ? AND ino = ? ORDER BY name')
      .pluck();
    this.#put = database.prepare('REPLACE INTO xattrs (branch, ino, name, value) VALUES (?, ?, ?, ?)');
    this.#delete = database.prepare(`DELETE FROM xattrs WHERE ${one}`);
    this.#clear = database.prepare('DELETE FROM xattrs WHERE branch = ? AND ino = ?');
  }

  get(ino: number, name: string): Buffer | undefined {
    return this.#get.get(this.#branch, ino, name) as Buffer | undefined;
  }

  list(ino: number): string[] {
    return this.#list.all(this.#branch, ino) as string[];
  }

  put(ino: number, name: string, value: Uint8Array): void {
    this.#put.run(this.#branch, ino, name, value);
  }

  /** Returns whether there was one. */
  delete(ino: number, name: string): boolean {
    return this.#delete.run(this.#branch, ino, name).changes > 0;
  }

  clear(ino: number): void {
    this.#clear.run(this.#branch, ino);
  }
}
