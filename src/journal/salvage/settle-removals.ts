import type { SqliteDatabase } from '../database.js';

export interface Removals {
  /** Records whose contents are lost, oldest first: for the salvage to take over. */
  readonly bare: readonly number[];
  /** By lost record: those whose contents it had taken away. */
  readonly bareBy: ReadonlyMap<number, number[]>;
  /** A content was there that a record says was taken away. */
  readonly hadRemoved: boolean;
}

/**
 * A record that a redaction names has lost its content, whatever an older page says. One that lost its content names the
 * record that took it; where that does not say so, the salvage takes it over. `takenBy`: by record, the one that says that it
 * took its content away; `found`: records whose contents were found to be lost.
 */
export function settleRemovals(
  database: SqliteDatabase,
  takenBy: ReadonlyMap<number, number>,
  found: readonly number[],
): Removals {
  let hadRemoved = false;
  const strip = database.prepare(
    'UPDATE records SET salt = NULL, content = NULL, removed_by = ? WHERE seq = ?',
  );
  const content = database.prepare('SELECT content FROM records WHERE seq = ?').pluck();
  const erase = database.prepare('DELETE FROM contents WHERE id = ?');
  for (const [removed, by] of takenBy) {
    const id = content.get(removed) as number | null | undefined;
    if (typeof id === 'number') {
      erase.run(id);
      hadRemoved = true;
    }
    strip.run(by, removed);
  }
  const bare = new Set(found.filter((seq) => !takenBy.has(seq)));
  const bareBy = new Map<number, number[]>();
  const isThere = database.prepare('SELECT 1 FROM records WHERE seq = ?').pluck();
  const rows = database
    .prepare('SELECT seq, removed_by FROM records WHERE removed_by IS NOT NULL ORDER BY seq')
    .all() as { seq: number; removed_by: number }[];
  for (const { seq, removed_by: by } of rows) {
    if (takenBy.has(seq) || bare.has(seq)) continue;
    if (by <= seq || isThere.get(by) !== undefined) bare.add(seq);
    else bareBy.set(by, [...(bareBy.get(by) ?? []), seq]);
  }
  return { bare: [...bare].sort((a, b) => a - b), bareBy, hadRemoved };
}
