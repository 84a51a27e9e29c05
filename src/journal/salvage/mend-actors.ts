import type { SqliteDatabase } from '../database.js';
import type { DamagedTables } from './damaged-tables.js';
import type { Loss } from './loss.js';
import type { SalvageNames } from './record-proof.js';

/** The index of what is unique in the table: agent, session, rowid. */
const index = 'sqlite_autoindex_actors_1';

/**
 * Gives every record an actor: one whose row is gone is in the index too. Returns what the index says of those of whom
 * the table says something else.
 */
export function mendActors(
  database: SqliteDatabase,
  tables: DamagedTables,
  loss: Loss,
): Map<number, SalvageNames> {
  const known = new Map(
    (
      database.prepare('SELECT id, agent, session FROM actors').all() as (SalvageNames & { id: number })[]
    ).map(({ id, agent, session }) => [id, { agent, session }]),
  );
  const insert = database.prepare('INSERT OR IGNORE INTO actors (id, agent, session) VALUES (?, ?, ?)');
  const others = new Map<number, SalvageNames>();
  for (const [agent, session, id] of tables.indexRows(index)) {
    if (typeof agent !== 'string' || typeof session !== 'string' || typeof id !== 'number') continue;
    const own = known.get(id);
    if (own === undefined) insert.run(id, agent, session);
    else if (own.agent !== agent || own.session !== session) others.set(id, { agent, session });
  }
  const nameless = database
    .prepare('SELECT DISTINCT actor FROM records WHERE actor NOT IN (SELECT id FROM actors)')
    .pluck()
    .all() as number[];
  for (const id of nameless) {
    insert.run(id, 'unknown', `unknown-${id}`);
    loss.add({
      kind: 'proof',
      what: `who "unknown-${id}" was: agent and session of some records`,
      why: 'their row of actors is lost',
    });
  }
  return others;
}
