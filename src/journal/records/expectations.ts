import type { Branch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';

/** `user.memfs.if_match`: the content that a session's next write to an inode must still find. One-shot. */
export class Expectations {
  readonly #branch: number;
  readonly #all: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #forget: Statement;
  readonly #known = new Map<string, Buffer>();

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#branch = branch.id;
    this.#all = database.prepare('SELECT session, ino, sha256 FROM expectations WHERE branch = ?');
    this.#put = database.prepare(
      'REPLACE INTO expectations (branch, session, ino, sha256) VALUES (?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM expectations WHERE branch = ? AND session = ? AND ino = ?');
    this.#forget = database.prepare('UPDATE expectations SET sha256 = ? WHERE sha256 = ?');
    this.reload();
  }

  /** After a rollback. */
  reload(): void {
    this.#known.clear();
    for (const row of this.#all.iterate(this.#branch)) {
      const { session, ino, sha256 } = row as { session: string; ino: number; sha256: Buffer };
      this.#known.set(`${ino} ${session}`, sha256);
    }
  }

  get(session: string, ino: number): Buffer | undefined {
    return this.#known.size === 0 ? undefined : this.#known.get(`${ino} ${session}`);
  }

  put(session: string, ino: number, sha256: Buffer): void {
    this.#known.set(`${ino} ${session}`, sha256);
    this.#put.run(this.#branch, session, ino, sha256);
  }

  /**
   * The content is gone for good, and its hash, which would confirm a guess, goes with it. What was expected can
   * still not be found.
   */
  forget(sha256: Buffer): void {
    for (const [key, expected] of this.#known) if (expected.equals(sha256)) this.#known.set(key, nothing);
    this.#forget.run(nothing, sha256);
  }

  delete(session: string, ino: number): void {
    if (this.#known.delete(`${ino} ${session}`)) this.#delete.run(this.#branch, session, ino);
  }
}

/** No content has this hash. */
const nothing = Buffer.alloc(32);
