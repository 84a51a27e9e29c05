import { BranchTable } from '../branches/branches.js';
import type { SqliteDatabase } from '../database.js';
import type { LostContent } from './check-contents.js';
import type { Loss } from './loss.js';

/** Notes every version whose content is lost. `bare`: their records. */
export function noteVersions(
  { database, loss }: { readonly database: SqliteDatabase; readonly loss: Loss },
  bare: readonly number[],
  lostContents: ReadonlyMap<number, LostContent>,
): void {
  const select = database.prepare(
    `SELECT r.path, r.time_ms, r.content, r.branch, a.agent, a.session FROM records r JOIN actors a ON a.id = r.actor
       WHERE r.seq = ?`,
  );
  const branches = new BranchTable(database);
  for (const seq of bare) {
    const row = select.get(seq) as {
      path: Buffer;
      time_ms: number;
      content: number | null;
      branch: number;
      agent: string;
      session: string;
    };
    const lost = row.content === null ? undefined : lostContents.get(row.content);
    loss.add({
      kind: 'version',
      what: `${row.path}: the version of record ${seq}`,
      why:
        lost === undefined
          ? 'where its content lay is not known any more'
          : 'its content does not have its SHA-256',
      branch: branches.nameOf(row.branch),
      path: String(row.path),
      seq,
      time: new Date(row.time_ms).toISOString(),
      agent: row.agent,
      session: row.session,
      ...(lost === undefined ? {} : { sha256: lost.sha256.toString('hex'), size: lost.size }),
    });
  }
}
