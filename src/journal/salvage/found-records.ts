import type { SqliteDatabase } from '../database.js';
import { chainNext } from '../records/chain.js';
import type { RecordRow } from '../records/records.js';

export type FoundRecord = RecordRow & { readonly actor: number };

const pageRecords = 500;

/** All records in order. They may be changed meanwhile: each page is read before its first record is given out. */
export function* foundRecords(database: SqliteDatabase): Generator<FoundRecord> {
  const page = database.prepare(
    `SELECT r.*, a.agent, a.session, c.sha256, c.size FROM records r JOIN actors a ON a.id = r.actor
       LEFT JOIN contents c ON c.id = r.content WHERE r.seq > ? ORDER BY r.seq LIMIT ${pageRecords}`,
  );
  for (let after = 0; ; ) {
    const rows = page.all(after) as FoundRecord[];
    yield* rows;
    if (rows.length < pageRecords) return;
    after = rows.at(-1)!.seq;
  }
}

/** The chain that a record has behind another one. */
export const linkOf = (before: Uint8Array, record: RecordRow): Buffer =>
  chainNext(before, { ...record, timeMs: record.time_ms, claimed: record.claimed === 1 });
