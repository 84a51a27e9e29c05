import { randomBytes } from 'node:crypto';
import type { SqliteDatabase } from '../database.js';
import type { RecordLog } from '../records/records.js';
import type { Loss } from './loss.js';
import type { MendedRecords } from './mend-records.js';
import { salvager } from './salvager.js';

interface SalvageFacts {
  readonly mended: MendedRecords;
  /** The id of the store that was damaged. */
  readonly store: string;
  readonly loss: Loss;
  readonly nowMs: number;
}

/** Appends the record that says what this store is, and takes the place of a redaction for what is lost. */
export function appendNote(database: SqliteDatabase, records: RecordLog, facts: SalvageFacts): void {
  const { mended, store, loss, nowMs } = facts;
  const { bare, provedTo, chain } = mended;
  const lost = loss.all.reduce(
    (sum, { kind, seq, through }) => (kind === 'records' ? sum + through! - seq! + 1 : sum),
    0,
  );
  const flags = [
    `of=${store}`,
    `proved-to=${provedTo}`,
    ...(chain === '' ? [] : [`chain=${chain}`]),
    `lost-records=${lost}`,
    `lost-versions=${bare.length}`,
  ];
  const seq = records.append({
    operation: 'salvaged',
    branch: 1,
    timeMs: nowMs,
    actor: salvager,
    ino: 1,
    memory: null,
    parent: null,
    path: Buffer.from('/'),
    previousPath: null,
    content: null,
    mount: 0,
    flags,
    ...(bare.length === 0 ? {} : { removes: bare }),
    salt: randomBytes(16),
  });
  const strip = database.prepare(
    'UPDATE records SET salt = NULL, content = NULL, removed_by = ? WHERE seq = ?',
  );
  for (const record of bare) strip.run(seq, record);
}
