import type { Branch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';

/** Inodes whose attribute names are kept in memory: what is asked for is mostly an ACL that is not there. */
const knownInodes = 16_384;
const none: readonly string[] = [];

/** Extended attributes of the inodes of one branch. */
export class XattrTable {
  readonly #names = new Map<number, readonly string[]>();
  readonly #branch: number;
  readonly #get: Statement;
  readonly #list: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #clear: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#branch = branch.id;
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
    if (!this.list(ino).includes(name)) return undefined;
    return this.#get.get(this.#branch, ino, name) as Buffer | undefined;
  }

  list(ino: number): readonly string[] {
    return this.#names.get(ino) ?? this.#remember(ino, this.#list.all(this.#branch, ino) as string[]);
  }

  #remember(ino: number, names: readonly string[]): readonly string[] {
    if (this.#names.size >= knownInodes) this.#names.delete(this.#names.keys().next().value!);
    this.#names.set(ino, names.length === 0 ? none : names);
    return names;
  }

  /** After a rollback. */
  reload(): void {
    this.#names.clear();
  }

  /** An inode that was made just now has none. */
  begin(ino: number): void {
    this.#remember(ino, none);
  }

  put(ino: number, name: string, value: Uint8Array): void {
    this.#put.run(this.#branch, ino, name, value);
    this.#names.delete(ino);
  }

  /** Returns whether there was one. */
  delete(ino: number, name: string): boolean {
    if (!this.list(ino).includes(name)) return false;
    this.#names.delete(ino);
    return this.#delete.run(this.#branch, ino, name).changes > 0;
  }

  clear(ino: number): void {
    this.#names.delete(ino);
    this.#clear.run(this.#branch, ino);
  }
}
