/** The journal, and then each record as soon as it is there. */

import { asMemfsError } from '../../core/errors.js';
import type { LogQuery, LogRecord } from '../../core/records.js';

export interface FollowedLog {
  log(query: LogQuery): Iterable<LogRecord> | AsyncIterable<LogRecord>;
  /** The newest record. */
  head(): number;
  /** Resolves at the next record; rejects with `interrupted` when the signal says so. */
  changed(signal: AbortSignal): Promise<void>;
}

/** Not a generator: `return` must end a `next` that waits. */
export class LogFollower implements AsyncIterableIterator<LogRecord> {
  readonly #source: FollowedLog;
  readonly #query: LogQuery;
  readonly #ended = new AbortController();
  #after: number;
  #left: number;
  #page: AsyncIterator<LogRecord> = upTo(0, []);

  /** `limit` counts what was there and what is to come. */
  constructor(source: FollowedLog, query: LogQuery) {
    this.#source = source;
    this.#query = query;
    this.#after = query.after ?? 0;
    this.#left = query.limit ?? Number.POSITIVE_INFINITY;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<LogRecord>> {
    for (; this.#left > 0; ) {
      const { done, value } = await this.#page.next();
      if (!done) {
        this.#left--;
        return { done: false, value };
      }
      if (this.#ended.signal.aborted || !(await this.#turnPage())) break;
    }
    return { done: true, value: undefined };
  }

  async #turnPage(): Promise<boolean> {
    try {
      const head = this.#source.head();
      if (head === this.#after) {
        await this.#source.changed(this.#ended.signal);
        return true;
      }
      const { path } = this.#query;
      const limit = head - this.#after;
      const records = this.#source.log({
        after: this.#after,
        limit,
        ...(path === undefined ? {} : { path }),
      });
      this.#page = upTo(head, records);
      this.#after = head;
      return !this.#ended.signal.aborted;
    } catch (error) {
      if (asMemfsError(error).code === 'interrupted') return false;
      throw error;
    }
  }

  return(): Promise<IteratorResult<LogRecord>> {
    this.#ended.abort();
    return Promise.resolve({ done: true, value: undefined });
  }
}

async function* upTo(
  head: number,
  records: Iterable<LogRecord> | AsyncIterable<LogRecord>,
): AsyncGenerator<LogRecord> {
  for await (const record of records) {
    if (record.seq > head) return;
    yield record;
  }
}
