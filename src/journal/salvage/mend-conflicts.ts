import type { SqliteDatabase } from '../database.js';
import type { Loss } from './loss.js';

interface RefusalRow {
  readonly id: number;
  readonly number: number | null;
  readonly path: Buffer;
  readonly time_ms: number;
  readonly agent: string;
  readonly session: string;
}

/** Takes contents that are lost out of refused writes. */
export function mendConflicts(database: SqliteDatabase, loss: Loss): void {
  for (const side of ['base', 'mine', 'theirs'] as const) {
    const rows = database
      .prepare(
        `SELECT id, number, path, time_ms, agent, session FROM refusals
           WHERE ${side} IS NOT NULL AND ${side} NOT IN (SELECT id FROM contents) ORDER BY id`,
      )
      .all() as RefusalRow[];
    for (const { id, number, path, time_ms, agent, session } of rows) {
      loss.add({
        kind: 'conflict',
        what: `${path}: "${side}" of conflict ${number ?? id}`,
        why: 'its content is lost',
        path: String(path),
        time: new Date(time_ms).toISOString(),
        agent,
        session,
      });
      database.prepare(`UPDATE refusals SET ${side} = NULL WHERE id = ?`).run(id);
    }
  }
}
