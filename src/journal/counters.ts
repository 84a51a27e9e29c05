import type { SqliteDatabase, Statement } from './database.js';

/** Ids that are never given out twice. */
const names = { inode: 2, memory: 1, handle: 1, content: 1, controlNode: 1, branch: 2 };

export type CounterName = keyof typeof names;

export class Counters {
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #next = new Map<CounterName, number>();
  readonly #changed = new Set<CounterName>();

  constructor(database: SqliteDatabase) {
    this.#get = database.prepare('SELECT value FROM meta WHERE key = ?').pluck();
    this.#put = database.prepare('REPLACE INTO meta (key, value) VALUES (?, ?)');
    this.reload();
  }

  reload(): void {
    this.#changed.clear();
    for (const [name, first] of Object.entries(names))
      this.#next.set(name as CounterName, (this.#get.get(`next_${name}`) as number | undefined) ?? first);
  }

  /** The number that `next` will return. */
  peek(name: CounterName): number {
    return this.#next.get(name)!;
  }

  next(name: CounterName): number {
    const value = this.#next.get(name)!;
    this.#next.set(name, value + 1);
    this.#changed.add(name);
    return value;
  }

  /** Takes note of numbers that are in use already, in a history that is brought back. */
  raise(name: CounterName, next: number): void {
    if (next <= this.peek(name)) return;
    this.#next.set(name, next);
    this.#changed.add(name);
  }

  store(): void {
    for (const name of this.#changed) this.#put.run(`next_${name}`, this.#next.get(name));
    this.#changed.clear();
  }
}
