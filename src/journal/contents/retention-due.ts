import { openDatabase } from '../database.js';
import { StoreMeta } from '../meta.js';

/** A little less than a day, so that an hourly look does not slip a day. */
const intervalMs = 23.5 * 3_600_000;

/** Whether a store has a policy that was not carried out today. Does not open the store for work. */
export function retentionIsDue(path: string, nowMs: number): boolean {
  const database = openDatabase(path, { readOnly: true });
  try {
    const { retention, retentionRanMs } = new StoreMeta(database);
    return retention !== null && nowMs - retentionRanMs >= intervalMs;
  } finally {
    database.close();
  }
}
