/** Contents that nothing tells of any more, on a branch of their own: agents do not come across them. */
import { randomBytes } from 'node:crypto';
import { forkRows } from '../branches/branch-rows.js';
import { BranchTable } from '../branches/branches.js';
import type { ContentStore } from '../contents/contents.js';
import type { Counters } from '../counters.js';
import type { SqliteDatabase } from '../database.js';
import type { RecordLog } from '../records/records.js';
import { EntryTable } from '../tree/entries.js';
import { InodeTable } from '../tree/inodes.js';
import { countLinks } from '../tree/link-counts.js';
import { salvager } from './salvager.js';
import { lostAndFound } from './wanted-tree.js';

export const lostAndFoundBranch = 'lost-and-found';

interface Parts {
  readonly database: SqliteDatabase;
  readonly records: RecordLog;
  readonly contents: ContentStore;
  readonly counters: Counters;
  readonly nowMs: number;
}

/** Those that no record, no file and no refused write has. */
const unnamed = `SELECT id FROM contents c WHERE
  NOT EXISTS (SELECT 1 FROM records r WHERE r.content = c.id) AND id NOT IN (
    SELECT content FROM inodes WHERE content IS NOT NULL
    UNION SELECT base FROM refusals WHERE base IS NOT NULL
    UNION SELECT mine FROM refusals WHERE mine IS NOT NULL
    UNION SELECT theirs FROM refusals WHERE theirs IS NOT NULL) ORDER BY id`;

/** Returns how many there were, and the branch that has them. */
export function keepUnnamedContents(
  parts: Parts,
): { readonly count: number; readonly branch: string } | null {
  const { database, contents } = parts;
  const ids = database.prepare(unnamed).pluck().all() as number[];
  const kept = new Set(ids.map((id) => contents.adopt(id, []).id));
  if (kept.size === 0) return null;
  return { count: kept.size, branch: new LostAndFound(parts).keep([...kept]) };
}

class LostAndFound {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  keep(contents: readonly number[]): string {
    const { database, counters, records } = this.#parts;
    const table = new BranchTable(database);
    let name = lostAndFoundBranch;
    for (let i = 2; table.named(name) !== undefined; i++) name = `${lostAndFoundBranch}-${i}`;
    const branch = { id: counters.next('branch'), name, forkSeq: records.head };
    table.add(branch);
    forkRows(database, branch);
    this.#record('branched', branch.id, { path: '/', previousPath: name, ino: 1 });
    const entries = new EntryTable(database, branch);
    const inodes = new InodeTable(database, branch);
    const directoryName = this.#freeName(entries);
    const directory = counters.next('inode');
    const seq = this.#record('mkdir', branch.id, { path: `/${directoryName}`, ino: directory });
    const root = inodes.get(1)!;
    const made = { ...root, ino: directory, mode: 0o040700, since: seq, memory: null, version: null };
    inodes.put(made);
    entries.add(1, Buffer.from(directoryName), directory, null, seq);
    for (const content of contents)
      this.#keepOne({ content, directory, directoryName, inodes, entries, branch, made });
    countLinks(database, `branch = ${branch.id}`);
    return name;
  }

  #keepOne({
    content,
    directory,
    directoryName,
    inodes,
    entries,
    branch,
    made,
  }: {
    content: number;
    directory: number;
    directoryName: string;
    inodes: InodeTable;
    entries: EntryTable;
    branch: { readonly id: number };
    made: Parameters<InodeTable['put']>[0];
  }): void {
    const { counters, contents } = this.#parts;
    const [ino, memory] = [counters.next('inode'), counters.next('memory')];
    const name = `content-${content}`;
    const seq = this.#record('created', branch.id, {
      path: `/${directoryName}/${name}`,
      ino,
      memory,
      content,
    });
    const { size } = contents.get(content);
    inodes.put({ ...made, ino, mode: 0o100600, size, content, memory, version: seq, since: seq });
    entries.add(directory, Buffer.from(name), ino, memory, seq);
  }

  #freeName(entries: EntryTable): string {
    let name = lostAndFound;
    for (let i = 2; entries.find(1, Buffer.from(name)) !== undefined; i++) name = `${lostAndFound}-${i}`;
    return name;
  }

  #record(
    operation: 'branched' | 'mkdir' | 'created',
    branch: number,
    about: { path: string; previousPath?: string; ino: number; memory?: number; content?: number },
  ): number {
    const { records, contents, nowMs } = this.#parts;
    return records.append({
      operation,
      branch,
      timeMs: nowMs,
      actor: salvager,
      ino: about.ino,
      memory: about.memory ?? null,
      parent: null,
      path: Buffer.from(about.path),
      previousPath: about.previousPath === undefined ? null : Buffer.from(about.previousPath),
      content: about.content === undefined ? null : contents.get(about.content),
      mount: 0,
      salt: randomBytes(16),
    });
  }
}
