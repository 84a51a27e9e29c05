import { expect, it } from 'vitest';
import { MemfsError } from '../../../../src/core/errors.js';
import type { LogQuery, LogRecord } from '../../../../src/core/records.js';
import { LogFollower } from '../../../../src/daemon/control/follow-log.js';

/** A journal of records that are nothing but numbers. */
class Journal {
  records: LogRecord[] = [];
  #wake: (() => void)[] = [];

  append(): void {
    this.records.push({ seq: this.records.length + 1 } as LogRecord);
    for (const wake of this.#wake.splice(0)) wake();
  }

  head = (): number => this.records.length;

  log = ({ after = 0, limit }: LogQuery): LogRecord[] => this.records.slice(after, after + (limit ?? 0));

  changed = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new MemfsError('interrupted', 'ended')));
      this.#wake.push(resolve);
    });
}

it('gives what is there, then what comes', async () => {
  const journal = new Journal();
  journal.append();
  journal.append();
  const follower = new LogFollower(journal, { after: 1 });
  expect((await follower.next()).value).toEqual({ seq: 2 });
  const waiting = follower.next();
  journal.append();
  expect((await waiting).value).toEqual({ seq: 3 });
});

it('gives what may be seen by then', async () => {
  const journal = new Journal();
  let hidden = 0;
  const source = {
    ...journal,
    log: async function* (query: LogQuery) {
      yield* journal.log(query).filter(({ seq }) => seq !== hidden);
    },
  };
  const follower = new LogFollower({ ...source, head: journal.head, changed: journal.changed }, {});
  journal.append();
  expect((await follower.next()).value).toEqual({ seq: 1 });
  const waiting = follower.next();
  hidden = 2;
  journal.append();
  journal.append();
  expect((await waiting).value).toEqual({ seq: 3 });
});

it('ends after as many as were asked for', async () => {
  const journal = new Journal();
  for (let i = 0; i < 3; i++) journal.append();
  const seen: number[] = [];
  for await (const { seq } of new LogFollower(journal, { limit: 2 })) seen.push(seq);
  expect(seen).toEqual([1, 2]);
});

it('ends while it waits', async () => {
  const follower = new LogFollower(new Journal(), {});
  const waiting = follower.next();
  await follower.return();
  expect(await waiting).toMatchObject({ done: true });
});
