/**
 * Makes a journal of the records that were found. A record that its own commitment proves stays what it was, at its own
 * number; where one is lost, one that says so takes its place, so that versions keep their ids. The chain stays as it was
 * as long as it can be followed, and is made anew from there on.
 */
import { randomBytes } from 'node:crypto';
import { mainBranch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { decodeNumbers, encodeNumbers } from '../number-list.js';
import { chainNext, chainStart, commitmentOf } from '../records/chain.js';
import { equal } from '../records/record-check.js';
import { operations, type RecordRow } from '../records/records.js';
import type { LostContent } from './check-contents.js';
import type { Loss } from './loss.js';

export const salvager = { agent: 'memfsd', session: 'salvage' };

const root = Buffer.from('/');
const pageRecords = 500;
const lostOperation = operations.indexOf('lost');
const branched = operations.indexOf('branched');
const dropped = operations.indexOf('dropped');
const removing = new Set(
  (['redacted', 'pruned', 'lost', 'salvaged'] as const).map((name) => operations.indexOf(name)),
);

export interface SalvageNames {
  readonly agent: string;
  readonly session: string;
}

export interface MendedRecords {
  /** Nothing is lost or doubtful: the tree is what they say. */
  readonly isWhole: boolean;
  /** A content was there that a record says was taken away. */
  readonly hadRemoved: boolean;
  /** Records whose contents are lost, oldest first: for the salvage to take over. */
  readonly bare: readonly number[];
  /** The newest record up to which the journal is what it was, and its chain (lowercase hex). */
  readonly provedTo: number;
  readonly chain: string;
}

interface Parts {
  readonly database: SqliteDatabase;
  readonly loss: Loss;
  readonly lostContents: Map<number, LostContent>;
  /** What an index says of actors of whom the table says something else. */
  readonly otherNames: Map<number, SalvageNames>;
}

type FoundRecord = RecordRow & { readonly actor: number };

export class RecordMender {
  readonly #database: SqliteDatabase;
  readonly #loss: Loss;
  readonly #lostContents: Map<number, LostContent>;
  readonly #otherNames: Map<number, SalvageNames>;
  readonly #page: Statement;
  readonly #contentOf: Statement;
  readonly #pathOf: Statement;
  readonly #repair: Statement;
  readonly #delete: Statement;
  readonly #setChain: Statement;
  readonly #insert: Statement;
  /** Which record says that it took the content of which. */
  readonly #takenBy = new Map<number, number>();
  readonly #bare: number[] = [];
  /** From here on the chain is to be made anew. */
  #broken = Infinity;
  #hadRemoved = false;
  /** Of some the path is not proved. */
  #isGuessed = false;

  constructor({ database, loss, lostContents, otherNames }: Parts) {
    this.#database = database;
    this.#loss = loss;
    this.#lostContents = lostContents;
    this.#otherNames = otherNames;
    this.#page = database.prepare(
      `SELECT r.*, a.agent, a.session, c.sha256, c.size FROM records r JOIN actors a ON a.id = r.actor
         LEFT JOIN contents c ON c.id = r.content WHERE r.seq > ? ORDER BY r.seq LIMIT ${pageRecords}`,
    );
    this.#contentOf = database.prepare(
      `SELECT DISTINCT c.id, c.sha256, c.size FROM inodes i JOIN contents c ON c.id = i.content
         WHERE i.version = ? AND c.sha256 IS NOT NULL`,
    );
    this.#pathOf = database.prepare('SELECT path FROM records WHERE seq = ?').pluck();
    this.#repair = database.prepare('UPDATE records SET path = ?, content = ? WHERE seq = ?');
    this.#delete = database.prepare('DELETE FROM records WHERE seq = ?');
    this.#setChain = database.prepare('UPDATE records SET chain = ? WHERE seq = ?');
    this.#insert = database.prepare(
      `INSERT INTO records (seq, branch, time_ms, operation, actor, ino, memory, parent, commitment, chain, salt, path,
         previous_path, content, mount, claimed, removes, removed_by)
         VALUES (?, ?, ?, ?, ?, 1, NULL, NULL, ?, ?, ?, ?, ?, NULL, 0, 0, ?, ?)`,
    );
  }

  /** `newest`: the highest number of a record that anything tells of; `most`: no true one is higher. */
  run(newest: number, most: number): MendedRecords {
    this.#database.prepare('DELETE FROM records WHERE seq < 1 OR seq > ?').run(most);
    const proved = this.#examine();
    this.#placeBranches();
    const isWhole = this.#fill(newest) === 0 && this.#broken === Infinity && !this.#isGuessed;
    return { isWhole, hadRemoved: this.#hadRemoved, bare: this.#bare.sort((a, b) => a - b), ...proved };
  }

  *#records(): Generator<FoundRecord> {
    for (let after = 0; ; ) {
      const rows = this.#page.all(after) as FoundRecord[];
      yield* rows;
      if (rows.length < pageRecords) return;
      after = rows.at(-1)!.seq;
    }
  }

  /** Throws out what is not proved, and finds how far the chain can be followed. */
  #examine(): Pick<MendedRecords, 'provedTo' | 'chain'> {
    let before: Uint8Array | null = chainStart;
    /** What the chain of the record before should have been, when it was not. */
    let other: { readonly seq: number; readonly chain: Buffer } | null = null;
    let next = 1;
    const proved = { provedTo: 0, chain: '' };
    for (const record of this.#records()) {
      const { seq } = record;
      if (seq !== next) {
        before = null;
        other = null;
        this.#breakAt(next);
      }
      next = seq + 1;
      if (!this.#isProved(record)) {
        this.#delete.run(seq);
        this.#breakAt(seq);
        before = record.chain;
        other = null;
        continue;
      }
      this.#noteRemovals(record);
      if (before === null) before = record.chain;
      else if (this.#follows(record, before)) {
        if (other !== null) this.#noteAltered(other.seq);
        other = null;
        before = record.chain;
      } else if (other !== null && this.#follows(record, other.chain)) {
        // Only the chain of the record before was hurt.
        this.#setChain.run(other.chain, other.seq);
        other = null;
        before = record.chain;
      } else {
        if (other !== null) this.#noteAltered(other.seq);
        other = { seq, chain: linkOf(before, record) };
        before = record.chain;
      }
      if (this.#broken === Infinity && other === null)
        Object.assign(proved, { provedTo: seq, chain: record.chain.toString('hex') });
    }
    // Nothing follows the last one: its fields are as likely as its chain to be what was hurt.
    if (other !== null) this.#noteAltered(other.seq);
    return proved;
  }

  #breakAt(seq: number): void {
    this.#broken = Math.min(this.#broken, seq);
  }

  #noteAltered(seq: number): void {
    this.#breakAt(seq);
    // One that may not even be about a branch must not make or end one.
    this.#database
      .prepare(`DELETE FROM records WHERE seq = ? AND operation IN (${branched}, ${dropped})`)
      .run(seq);
    this.#loss.add({
      kind: 'proof',
      what: `record ${seq}: its time, author or numbers may not be what was recorded`,
      why: 'the hash chain does not fit it; its path and its content are proved',
      seq,
    });
  }

  #follows(record: FoundRecord, before: Uint8Array): boolean {
    if (equal(linkOf(before, record), record.chain)) return true;
    const names = this.#otherNames.get(record.actor);
    if (names === undefined || !equal(linkOf(before, { ...record, ...names }), record.chain)) return false;
    // The index has the true names.
    this.#database
      .prepare('UPDATE OR IGNORE actors SET agent = ?, session = ? WHERE id = ?')
      .run(names.agent, names.session, record.actor);
    this.#otherNames.delete(record.actor);
    return true;
  }

  /** Whether path and content are those that were recorded; a content that is lost is noted. */
  #isProved(record: FoundRecord): boolean {
    const { seq, salt, path, previous_path: previousPath, removes, content } = record;
    if (path === null) return false;
    if (salt === null) {
      if (record.removed_by === null || content !== null) this.#bareNow(seq);
      return true;
    }
    const fits = (committed: { sha256: Buffer; size: number } | null): boolean =>
      equal(commitmentOf(salt, { path, previousPath, removes, content: committed }), record.commitment);
    if (content === null) return fits(null);
    const lost = this.#lostContents.get(content);
    if (lost === undefined) {
      if (record.sha256 !== null && fits({ sha256: record.sha256, size: record.size! })) return true;
      if (this.#isRepaired(record, salt)) return true;
      if (record.sha256 !== null) return false;
      // Its hash is gone with it, so nothing can be proved; what the record says without it is kept.
      this.#isGuessed = true;
      this.#bareNow(seq);
      return true;
    }
    if (fits({ sha256: lost.found, size: lost.size })) {
      // Not the bytes were hurt but what is noted of them.
      this.#database.prepare('UPDATE contents SET sha256 = ? WHERE id = ?').run(lost.found, content);
      this.#lostContents.delete(content);
      return true;
    }
    if (!fits(lost)) return this.#isRepaired(record, salt);
    this.#bareNow(seq);
    return true;
  }

  /** Whether the file whose newest version it is, and the version before it, tell what it said. */
  #isRepaired(record: FoundRecord, salt: Buffer): boolean {
    const { seq, previous_path: previousPath, removes, commitment, parent } = record;
    const contents = this.#contentOf.all(seq) as { id: number; sha256: Buffer; size: number }[];
    const own =
      record.sha256 === null ? [] : [{ id: record.content!, sha256: record.sha256, size: record.size! }];
    const paths = [record.path, this.#pathOf.get(parent) as Buffer | null | undefined];
    for (const path of paths)
      for (const content of [...contents, ...own]) {
        if (path == null || !equal(commitmentOf(salt, { path, previousPath, removes, content }), commitment))
          continue;
        this.#repair.run(path, content.id, seq);
        return true;
      }
    return false;
  }

  #bareNow(seq: number): void {
    this.#bare.push(seq);
  }

  #noteRemovals({ seq, removes, operation }: FoundRecord): void {
    if (removes === null || !removing.has(operation)) return;
    for (const removed of decodeNumbers(removes)) this.#takenBy.set(removed, seq);
  }

  /** The records that make and end branches, where only the table of branches still tells of them. */
  #placeBranches(): void {
    const rows = this.#database
      .prepare('SELECT id, name, fork_seq, dropped_seq FROM branches WHERE id <> ?')
      .all(mainBranch.id) as {
      id: number;
      name: string;
      fork_seq: number | null;
      dropped_seq: number | null;
    }[];
    const isThere = this.#database.prepare('SELECT 1 FROM records WHERE seq = ?').pluck();
    for (const { id, name, fork_seq: fork, dropped_seq: end } of rows) {
      if (fork !== null && isThere.get(fork + 1) === undefined) this.#place(fork + 1, branched, id, name);
      if (end !== null && isThere.get(end) === undefined) this.#place(end, dropped, id, name);
    }
    const strays = this.#database
      .prepare(
        `SELECT branch, min(seq) AS first FROM records r WHERE branch <> ? AND NOT EXISTS
           (SELECT 1 FROM records o WHERE o.branch = r.branch AND o.operation = ${branched}) GROUP BY branch ORDER BY 2`,
      )
      .all(mainBranch.id) as { branch: number; first: number }[];
    for (const { branch, first } of strays) {
      let slot = first - 1;
      while (slot > 0 && isThere.get(slot) !== undefined) slot--;
      if (slot > 0) this.#place(slot, branched, branch, `branch-${branch}`);
      else this.#database.prepare('DELETE FROM records WHERE branch = ?').run(branch);
    }
  }

  #place(seq: number, operation: number, branch: number, name: string): void {
    this.#breakAt(seq);
    const salt = randomBytes(16);
    const previousPath = Buffer.from(name);
    const commitment = commitmentOf(salt, { path: root, previousPath, content: null });
    const values = [seq, branch, this.#timeBefore(seq), operation, this.#actor(), commitment];
    this.#insert.run(...values, chainStart, salt, root, previousPath, null, null);
  }

  #timeBefore(seq: number): number {
    const select = 'SELECT time_ms FROM records WHERE seq < ? ORDER BY seq DESC LIMIT 1';
    return (this.#database.prepare(select).pluck().get(seq) as number | undefined) ?? 0;
  }

  /** Puts something at every number, and makes the chain again from where it broke. Returns how many were lost. */
  #fill(newest: number): number {
    const bareBy = this.#settleRemovals();
    let before: Uint8Array = chainStart;
    let [next, lost, time] = [1, 0, 0];
    const gap = { from: 0, through: 0 };
    const fillTo = (end: number): void => {
      for (; next < end; next++) {
        before = this.#insertLost(next, { before, time, bareBy });
        lost++;
        if (gap.through !== next - 1 || gap.from === 0) this.#endGap(gap, next);
        gap.through = next;
      }
    };
    for (const record of this.#records()) {
      fillTo(record.seq);
      const chain = record.seq < this.#broken ? record.chain : linkOf(before, record);
      if (!equal(chain, record.chain)) this.#setChain.run(chain, record.seq);
      before = chain;
      time = record.time_ms;
      next = record.seq + 1;
    }
    fillTo(newest + 1);
    this.#endGap(gap, 0);
    return lost;
  }

  #endGap(gap: { from: number; through: number }, next: number): void {
    const { from, through } = gap;
    if (from !== 0)
      this.#loss.add({
        kind: 'records',
        what: from === through ? `record ${from}` : `records ${from} to ${through}`,
        why: 'their pages cannot be read, or they are not what was recorded',
        seq: from,
        through,
      });
    gap.from = next;
  }

  #insertLost(
    seq: number,
    { before, time, bareBy }: { before: Uint8Array; time: number; bareBy: ReadonlyMap<number, number[]> },
  ): Buffer {
    const takenBy = this.#takenBy.get(seq) ?? null;
    const took = bareBy.get(seq);
    const removes = took === undefined ? null : encodeNumbers(took);
    const salt = randomBytes(16);
    const commitment = commitmentOf(salt, { path: root, previousPath: null, content: null, removes });
    const fields = {
      seq,
      branch: mainBranch.id,
      timeMs: time,
      operation: lostOperation,
      ...salvager,
      ino: 1,
      memory: null,
      parent: null,
      commitment,
      mount: 0,
      claimed: false,
    };
    const chain = chainNext(before, fields);
    const values = [seq, mainBranch.id, time, lostOperation, this.#actor(), commitment, chain];
    this.#insert.run(...values, takenBy === null ? salt : null, root, null, removes, takenBy);
    return chain;
  }

  /**
   * What a redaction names has lost its content, whatever an older page says; what lost its content names one that says
   * so, or the salvage takes it over. Returns what lost records had taken away.
   */
  #settleRemovals(): Map<number, number[]> {
    const database = this.#database;
    const strip = database.prepare(
      'UPDATE records SET salt = NULL, content = NULL, removed_by = ? WHERE seq = ?',
    );
    const content = database.prepare('SELECT content FROM records WHERE seq = ?').pluck();
    const erase = database.prepare('DELETE FROM contents WHERE id = ?');
    for (const [removed, by] of this.#takenBy) {
      const id = content.get(removed) as number | null | undefined;
      if (typeof id === 'number') {
        erase.run(id);
        this.#hadRemoved = true;
      }
      strip.run(by, removed);
    }
    const bare = new Set(this.#bare.filter((seq) => !this.#takenBy.has(seq)));
    const bareBy = new Map<number, number[]>();
    const isThere = database.prepare('SELECT 1 FROM records WHERE seq = ?').pluck();
    const rows = database
      .prepare('SELECT seq, removed_by FROM records WHERE removed_by IS NOT NULL ORDER BY seq')
      .all() as { seq: number; removed_by: number }[];
    for (const { seq, removed_by: by } of rows) {
      if (this.#takenBy.has(seq) || bare.has(seq)) continue;
      if (by <= seq || isThere.get(by) !== undefined) bare.add(seq);
      else bareBy.set(by, [...(bareBy.get(by) ?? []), seq]);
    }
    this.#bare.splice(0, this.#bare.length, ...bare);
    return bareBy;
  }

  #actor(): number {
    const { agent, session } = salvager;
    this.#database.prepare('INSERT OR IGNORE INTO actors (agent, session) VALUES (?, ?)').run(agent, session);
    return this.#database
      .prepare('SELECT id FROM actors WHERE agent = ? AND session = ?')
      .pluck()
      .get(agent, session) as number;
  }
}

const linkOf = (before: Uint8Array, record: RecordRow): Buffer =>
  chainNext(before, { ...record, timeMs: record.time_ms, claimed: record.claimed === 1 });
