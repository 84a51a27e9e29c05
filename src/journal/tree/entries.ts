import { type Branch, mainBranch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';

/** One name in a directory. `id` is also its readdir offset: persistent, growing, never used twice. */
export interface Entry {
  readonly id: number;
  readonly parent: number;
  readonly name: Buffer;
  readonly ino: number;
  /** The memory that the name stood for, kept with the interval because an inode may change its memory. */
  readonly memory: number | null;
  /** The record that made it; null while nothing of it is in the journal. */
  readonly from_seq: number | null;
}

/** With the record that ended it; null: it is there. */
export interface EntryInterval extends Entry {
  readonly to_seq: number | null;
}

/** Inodes whose names are kept in memory: they are asked for at every commit and for every path. */
const knownInodes = 16_384;
const pageLength = 256;

/** Directory entries of one branch, as intervals over sequence numbers. */
export class EntryTable {
  /** Grows whenever an inode loses a name or gets another one: paths that were worked out before may be wrong. */
  generation = 0;
  /** Told of an inode that is about to lose a name. */
  readonly departures = new Set<(ino: number) => void>();
  readonly #names = new Map<number, Entry[]>();
  readonly #branch: number;
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #close: Statement;
  readonly #delete: Statement;
  readonly #publish: Statement;
  readonly #redirect: Statement;
  readonly #departed: Statement;
  readonly #list: Statement;
  readonly #any: Statement;
  readonly #page: Statement;
  readonly #ofInode: Statement;
  readonly #findAt: Statement;
  readonly #listAt: Statement;
  readonly #everIn: Statement;
  readonly #everNamed: Statement;
  readonly #unrecorded: Statement;

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#branch = branch.id;
    const columns = 'id, parent, name, ino, memory, from_seq';
    this.#find = database.prepare(
      `SELECT ${columns} FROM entries WHERE branch = ? AND parent = ? AND name = ? AND to_seq IS NULL`,
    );
    this.#insert = database.prepare(
      'INSERT INTO entries (branch, parent, name, ino, memory, from_seq) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#close = database.prepare('UPDATE entries SET to_seq = ? WHERE id = ?');
    this.#delete = database.prepare('DELETE FROM entries WHERE id = ?');
    this.#publish = database.prepare('UPDATE entries SET memory = ?, from_seq = ? WHERE id = ?');
    this.#redirect = database.prepare('UPDATE entries SET ino = ? WHERE id = ?');
    this.#departed = database.prepare(
      `SELECT memory, to_seq FROM entries
         WHERE branch = ? AND parent = ? AND name = ? AND to_seq IS NOT NULL ORDER BY from_seq DESC LIMIT 1`,
    );
    this.#list = database.prepare(
      `SELECT ${columns} FROM entries WHERE branch = ? AND parent = ? AND to_seq IS NULL AND id > ? ORDER BY id LIMIT ?`,
    );
    this.#any = database
      .prepare('SELECT 1 FROM entries WHERE branch = ? AND parent = ? AND to_seq IS NULL LIMIT 1')
      .pluck();
    this.#page = database.prepare(
      `SELECT ${columns} FROM entries
         WHERE branch = ? AND to_seq IS NULL AND (parent, name) > (?, ?) ORDER BY parent, name LIMIT ${pageLength}`,
    );
    this.#ofInode = database.prepare(
      `SELECT ${columns} FROM entries WHERE branch = ? AND ino = ? AND to_seq IS NULL ORDER BY id`,
    );
    const at = 'from_seq <= ? AND (to_seq IS NULL OR to_seq > ?)';
    this.#findAt = database.prepare(
      `SELECT ${columns} FROM entries WHERE branch = ? AND parent = ? AND name = ? AND ${at}`,
    );
    this.#listAt = database.prepare(
      `SELECT ${columns} FROM entries WHERE branch = ? AND parent = ? AND ${at} ORDER BY name`,
    );
    const before = `branch = ${mainBranch.id} AND to_seq <= ${branch.forkSeq}`;
    const own = branch.forkSeq === null ? 'branch = ?' : `(branch = ? OR (${before}))`;
    const ever = `SELECT ${columns}, to_seq FROM entries WHERE ${own} AND parent = ? AND from_seq IS NOT NULL`;
    this.#everIn = database.prepare(`${ever} ORDER BY id`);
    this.#unrecorded = database.prepare(
      `SELECT ${columns} FROM entries WHERE branch = ? AND from_seq IS NULL AND to_seq IS NULL LIMIT ?`,
    );
    this.#everNamed = database.prepare(`${ever} AND name = ? ORDER BY id`);
  }

  find(parent: number, name: Uint8Array): Entry | undefined {
    return this.#find.get(this.#branch, parent, name) as Entry | undefined;
  }

  add(parent: number, name: Uint8Array, ino: number, memory: number | null, fromSeq: number | null): void {
    this.#insert.run(this.#branch, parent, name, ino, memory, fromSeq);
    this.#forget(ino);
  }

  /** The first name of an inode that was made just now. */
  addFirst(parent: number, name: Buffer, ino: number, fromSeq: number | null): void {
    const { lastInsertRowid } = this.#insert.run(this.#branch, parent, name, ino, null, fromSeq);
    this.#remember(ino, [
      { id: Number(lastInsertRowid), parent, name, ino, memory: null, from_seq: fromSeq },
    ]);
  }

  /** Ends an entry: as history at `seq`, or without a trace when it never was in the journal. */
  end(entry: Entry, seq: number | null): void {
    for (const tell of this.departures) tell(entry.ino);
    if (seq === null || entry.from_seq === null) this.#delete.run(entry.id);
    else this.#close.run(seq, entry.id);
    this.#forget(entry.ino);
  }

  /** The entry's file has been committed. */
  publish(entry: Entry, memory: number | null, seq: number): void {
    this.#publish.run(memory, seq, entry.id);
    this.#names.delete(entry.ino);
  }

  /** The same state of the same memory in another inode: not a change that history shows. */
  redirect(entry: Entry, ino: number): void {
    for (const tell of this.departures) tell(entry.ino);
    this.#redirect.run(ino, entry.id);
    this.#forget(entry.ino);
    this.#forget(ino);
  }

  #forget(ino: number): void {
    this.#names.delete(ino);
    this.generation++;
  }

  /** After a rollback. */
  reload(): void {
    this.#names.clear();
    this.generation++;
  }

  /** The last interval of a name that has ended. */
  departed(
    parent: number,
    name: Uint8Array,
  ): { readonly memory: number | null; readonly to_seq: number } | undefined {
    return this.#departed.get(this.#branch, parent, name) as
      | { memory: number | null; to_seq: number }
      | undefined;
  }

  /** Entries behind the offset `after`, in the order of their ids. */
  list(parent: number, after: number, limit: number): Entry[] {
    return this.#list.all(this.#branch, parent, after, limit) as Entry[];
  }

  isEmpty(parent: number): boolean {
    return this.#any.get(this.#branch, parent) === undefined;
  }

  /** Every name of the branch, in pages: what comes and goes meanwhile may be among them or not. */
  *all(): Generator<Entry> {
    let last: Pick<Entry, 'parent' | 'name'> | undefined = { parent: 0, name: Buffer.alloc(0) };
    while (last !== undefined) {
      const page: Entry[] = this.#page.all(this.#branch, last.parent, last.name) as Entry[];
      yield* page;
      last = page[pageLength - 1];
    }
  }

  /** Every name of an inode, the oldest first. */
  ofInode(ino: number): readonly Entry[] {
    return this.#names.get(ino) ?? this.#remember(ino, this.#ofInode.all(this.#branch, ino) as Entry[]);
  }

  #remember(ino: number, names: Entry[]): Entry[] {
    if (this.#names.size >= knownInodes) this.#names.delete(this.#names.keys().next().value!);
    this.#names.set(ino, names);
    return names;
  }

  findAt(parent: number, name: Uint8Array, seq: number): Entry | undefined {
    return this.#findAt.get(this.#branch, parent, name, seq, seq) as Entry | undefined;
  }

  /** The directory as it was after the record `seq`, names in byte order. */
  listAt(parent: number, seq: number): Entry[] {
    return this.#listAt.all(this.#branch, parent, seq, seq) as Entry[];
  }

  /** Everything in history that a directory has held, also before the fork, in the order of ids. */
  everIn(parent: number): EntryInterval[] {
    return this.#everIn.all(this.#branch, parent) as EntryInterval[];
  }

  /** Everything in history that a name in a directory has stood for, in the order of ids. */
  everNamed(parent: number, name: Uint8Array): EntryInterval[] {
    return this.#everNamed.all(this.#branch, parent, name) as EntryInterval[];
  }

  /** Names that history does not know: not committed yet, or unversioned. */
  unrecorded(limit: number): Entry[] {
    return this.#unrecorded.all(this.#branch, limit) as Entry[];
  }
}
