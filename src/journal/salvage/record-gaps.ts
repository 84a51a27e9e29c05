import type { SqliteDatabase } from '../database.js';
import { chainStart } from '../records/chain.js';
import { equal } from '../records/record-check.js';
import { foundRecords, linkOf } from './found-records.js';
import type { Loss } from './loss.js';
import { MadeRecords } from './made-records.js';

interface Journal {
  /** The highest number of a record that anything tells of. */
  readonly newest: number;
  /** From here on the chain is to be made anew. */
  readonly broken: number;
  /** By record: the one that took its content away. */
  readonly takenBy: ReadonlyMap<number, number>;
  /** By lost record: those whose contents it had taken away. */
  readonly bareBy: ReadonlyMap<number, number[]>;
}

/** Puts a record at every number, and makes the chain again from where it broke. Returns how many were lost. */
export function fillGaps(
  { database, loss }: { readonly database: SqliteDatabase; readonly loss: Loss },
  { newest, broken, takenBy, bareBy }: Journal,
): number {
  const made = new MadeRecords(database);
  const setChain = database.prepare('UPDATE records SET chain = ? WHERE seq = ?');
  let before: Uint8Array = chainStart;
  let [next, lost, time] = [1, 0, 0];
  const gap = { from: 0, through: 0 };
  const fillTo = (end: number): void => {
    for (; next < end; next++) {
      const [by, took] = [takenBy.get(next) ?? null, bareBy.get(next)];
      before = made.lost({ seq: next, before, time, takenBy: by, took });
      lost++;
      if (gap.through !== next - 1 || gap.from === 0) endGap(loss, gap, next);
      gap.through = next;
    }
  };
  for (const record of foundRecords(database)) {
    fillTo(record.seq);
    const chain = record.seq < broken ? record.chain : linkOf(before, record);
    if (!equal(chain, record.chain)) setChain.run(chain, record.seq);
    before = chain;
    time = record.time_ms;
    next = record.seq + 1;
  }
  fillTo(newest + 1);
  endGap(loss, gap, 0);
  return lost;
}

function endGap(loss: Loss, gap: { from: number; through: number }, next: number): void {
  const { from, through } = gap;
  if (from !== 0)
    loss.add({
      kind: 'records',
      what: from === through ? `record ${from}` : `records ${from} to ${through}`,
      why: 'their pages cannot be read, or they are not what was recorded',
      seq: from,
      through,
    });
  gap.from = next;
}
