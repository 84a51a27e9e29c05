import type { SqliteDatabase, Statement } from './database.js';

/** `user.memfs.if_match`: the content that a session's next write to an inode must still find. One-shot. */
export class Expectations {
  readonly #all: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #known = new Map<string, Buffer>();

  constructor(database: SqliteDatabase) {
    this.#all = database.prepare('SELECT session, ino, sha256 FROM expectations');
    this.#put = database.prepare('REPLACE INTO expectations (session, ino, sha256) VALUES (?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM expectations WHERE session = ? AND ino = ?');
    this.reload();
  }

  /** After a rollback. */
  reload(): void {
    this.#known.clear();
    for (const row of this.#all.iterate()) {
      const { session, ino, sha256 } = row as { session: string; ino: number; sha256: Buffer };
      this.#known.set(`${ino} ${session}`, sha256);
    }
  }

  get(session: string, ino: number): Buffer | undefined {
    return this.#known.size === 0 ? undefined : this.#known.get(`${ino} ${session}`);
  }

  put(session: string, ino: number, sha256: Buffer): void {
    this.#known.set(`${ino} ${session}`, sha256);
    this.#put.run(session, ino, sha256);
  }

  delete(session: string, ino: number): void {
    if (this.#known.delete(`${ino} ${session}`)) this.#delete.run(session, ino);
  }
}
