import type { Branch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';

/** Entries kept in memory; sessions that were not asked for longest go first. */
const knownEntries = 400_000;

/**
 * The version of each memory that each session knows on a branch, and every version that it has read. Written with the group
 * commit; a session's observations are read at once when it is first met.
 */
export class Observations {
  readonly #branch: number;
  readonly #load: Statement;
  readonly #save: Statement;
  readonly #saveRead: Statement;
  readonly #readsOf: Statement;
  readonly #sessions = new Map<string, Map<number, number>>();
  readonly #unsaved = new Map<string, Set<number>>();
  #entries = 0;
  #reads: [session: string, seq: number, timeMs: number][] = [];

  constructor(database: SqliteDatabase, branch: Branch) {
    this.#branch = branch.id;
    this.#load = database.prepare('SELECT memory, seq FROM observations WHERE branch = ? AND session = ?');
    this.#save = database.prepare(
      'REPLACE INTO observations (branch, session, memory, seq) VALUES (?, ?, ?, ?)',
    );
    this.#saveRead = database.prepare('INSERT OR IGNORE INTO reads (session, seq, time_ms) VALUES (?, ?, ?)');
    this.#readsOf = database.prepare('SELECT seq, time_ms FROM reads WHERE session = ? ORDER BY seq');
  }

  /** The record that made the version which the session observed last. */
  get(session: string, memory: number): number | undefined {
    return this.#of(session).get(memory);
  }

  set(session: string, memory: number, seq: number): void {
    const known = this.#of(session);
    if (!known.has(memory)) this.#entries++;
    known.set(memory, seq);
    const unsaved = this.#unsaved.get(session);
    if (unsaved === undefined) this.#unsaved.set(session, new Set([memory]));
    else unsaved.add(memory);
  }

  /** Kept for ever, unlike the observation: what a dream may take as the source of what a session wrote. */
  noteRead(session: string, seq: number, timeMs: number): void {
    this.#reads.push([session, seq, timeMs]);
  }

  /** Versions that a session has read, each with the time in milliseconds when it first did. */
  readsOf(session: string): { readonly seq: number; readonly time_ms: number }[] {
    return this.#readsOf.all(session) as { seq: number; time_ms: number }[];
  }

  #of(session: string): Map<number, number> {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const rows = this.#load.all(this.#branch, session) as { memory: number; seq: number }[];
    const loaded = new Map(rows.map(({ memory, seq }) => [memory, seq]));
    this.#sessions.set(session, loaded);
    this.#entries += loaded.size;
    return loaded;
  }

  store(): void {
    for (const [session, memories] of this.#unsaved) {
      const known = this.#of(session);
      for (const memory of memories) this.#save.run(this.#branch, session, memory, known.get(memory));
    }
    for (const read of this.#reads) this.#saveRead.run(...read);
    this.#unsaved.clear();
    this.#reads = [];
    this.#trim();
  }

  #trim(): void {
    for (const [session, known] of this.#sessions) {
      if (this.#entries <= knownEntries) return;
      this.#sessions.delete(session);
      this.#entries -= known.size;
    }
  }

  /** After a rollback. */
  reload(): void {
    this.#sessions.clear();
    this.#unsaved.clear();
    this.#reads = [];
    this.#entries = 0;
  }
}
