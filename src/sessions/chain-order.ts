/**
 * Puts the events of a session in order by the chain of their parents, not by their place in the file.
 *
 * An event's rank is its time, or its parent's rank if that is later; its depth is one more than its parent's. Sorted by
 * (rank, depth) every event comes after its parent, branches lie side by side as they happened, and an event can be
 * placed when it arrives. Only what arrives before its parent waits, to be placed by `settle`.
 */
import type { TranscriptDatabase } from './transcript-database.js';

export interface Place {
  readonly rank: number;
  readonly depth: number;
  readonly waits: 0 | 1;
}

interface Placed {
  readonly entry: string;
  readonly rank: number;
  readonly depth: number;
}

interface Unplaced {
  readonly entry: string;
  readonly time: string | null;
}

export const rankOf = (time: string | null): number => (time === null ? 0 : Date.parse(time));

export class ChainOrder {
  readonly #db: TranscriptDatabase;
  readonly #parent;
  readonly #children;
  readonly #place;
  /** Nearly always the next event's parent. */
  #last: { readonly session: number; readonly entry: string; readonly place: Place } | null = null;

  constructor(db: TranscriptDatabase) {
    this.#db = db;
    this.#parent = db.prepare<[number, string], Place>(
      'SELECT rank, depth, waits FROM events WHERE session = ? AND entry = ? LIMIT 1',
    );
    this.#children = db.prepare<[number, string], Unplaced>(
      `SELECT entry, time FROM events
       WHERE session = ? AND parent = ? AND depth = 0 AND waits = 1 AND part = 0`,
    );
    this.#place = db.prepare<[number, number, number, string]>(
      'UPDATE events SET rank = ?, depth = ?, waits = 0 WHERE session = ? AND entry = ?',
    );
  }

  /** Where an event belongs as far as can be told now. */
  placeOf(session: number, entry: string, parent: string | null, time: string | null): Place {
    const place = this.#look(session, entry, parent, time);
    this.#last = { session, entry, place };
    return place;
  }

  #look(session: number, entry: string, parent: string | null, time: string | null): Place {
    const rank = rankOf(time);
    const last = this.#last;
    if (last?.session === session && last.entry === entry) return last.place;
    if (parent === null || parent === entry) return { rank, depth: 0, waits: 0 };
    const above =
      last?.session === session && last.entry === parent ? last.place : this.#parent.get(session, parent);
    if (above === undefined || above.waits === 1) return { rank, depth: 0, waits: 1 };
    return { rank: Math.max(rank, above.rank), depth: above.depth + 1, waits: 0 };
  }

  /** Places what waits: below its parent, else as a beginning; of a cycle what was read first is its beginning. */
  settle(session: number): void {
    this.#last = null;
    this.#releaseLate(session);
    for (const { rank, depth, entry, time } of this.#withParent(session))
      this.#placeTree(session, { entry, rank: Math.max(rankOf(time), rank), depth: depth + 1 });
    for (const { entry, time } of [...this.#withoutParent(session), ...this.#waiting(session)])
      if (this.#parent.get(session, entry)!.waits === 1)
        this.#placeTree(session, { entry, rank: rankOf(time), depth: 0 });
  }

  /** An event and all that waits below it, however deep. */
  #placeTree(session: number, root: Placed): void {
    const open = [root];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      this.#place.run(next.rank, next.depth, session, next.entry);
      for (const { entry, time } of this.#children.all(session, next.entry))
        open.push({ entry, rank: Math.max(rankOf(time), next.rank), depth: next.depth + 1 });
    }
  }

  /** When the parent of what had begun a conversation for want of it has come, all is placed anew. */
  #releaseLate(session: number): void {
    const late = this.#db
      .prepare<[number]>(
        `SELECT 1 FROM events child JOIN events parent
           ON parent.session = child.session AND parent.entry = child.parent AND parent.part = 0
         WHERE child.session = ? AND child.depth = 0 AND child.parent IS NOT NULL AND child.waits = 0
           AND parent.number > child.number LIMIT 1`,
      )
      .get(session);
    if (late === undefined) return;
    this.#db
      .prepare(
        'UPDATE events SET waits = 1, depth = 0 WHERE session = ? AND parent IS NOT NULL AND parent <> entry',
      )
      .run(session);
  }

  #withParent(session: number): (Unplaced & Place)[] {
    return this.#db
      .prepare<[number], Unplaced & Place>(
        `SELECT child.entry, child.time, parent.rank, parent.depth, parent.waits FROM events child
         JOIN events parent ON parent.session = child.session AND parent.entry = child.parent AND parent.part = 0
         WHERE child.session = ? AND child.depth = 0 AND child.parent IS NOT NULL AND child.waits = 1
           AND child.part = 0 AND parent.waits = 0`,
      )
      .all(session);
  }

  #withoutParent(session: number): Unplaced[] {
    return this.#db
      .prepare<[number], Unplaced>(
        `SELECT entry, time FROM events child
         WHERE session = ? AND depth = 0 AND parent IS NOT NULL AND waits = 1 AND part = 0 AND NOT EXISTS
           (SELECT 1 FROM events parent WHERE parent.session = child.session AND parent.entry = child.parent)`,
      )
      .all(session);
  }

  #waiting(session: number): Unplaced[] {
    return this.#db
      .prepare<[number], Unplaced>(
        `SELECT entry, time FROM events
         WHERE session = ? AND depth = 0 AND parent IS NOT NULL AND waits = 1 AND part = 0 ORDER BY number`,
      )
      .all(session);
  }
}
