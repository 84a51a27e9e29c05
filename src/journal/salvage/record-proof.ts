import type { SqliteDatabase, Statement } from '../database.js';
import { decodeNumbers } from '../number-list.js';
import { chainStart, commitmentOf } from '../records/chain.js';
import { equal } from '../records/record-check.js';
import { operations } from '../records/records.js';
import type { LostContent } from './check-contents.js';
import { type FoundRecord, foundRecords, linkOf } from './found-records.js';
import type { Loss } from './loss.js';

const branched = operations.indexOf('branched');
const dropped = operations.indexOf('dropped');
const removing = new Set(
  (['redacted', 'pruned', 'lost', 'salvaged'] as const).map((name) => operations.indexOf(name)),
);

export interface SalvageNames {
  readonly agent: string;
  readonly session: string;
}

export interface ProofParts {
  readonly database: SqliteDatabase;
  readonly loss: Loss;
  /** One that turns out to be whole is taken out. */
  readonly lostContents: Map<number, LostContent>;
  /** Names that an index has for actors for whom the table has others. */
  readonly otherNames: Map<number, SalvageNames>;
}

export interface Proved {
  /** The newest record up to which the journal is what it was, and its chain (lowercase hex). */
  readonly provedTo: number;
  readonly chain: string;
  /** From here on the chain is to be made anew; infinity: nowhere. */
  readonly broken: number;
  /** Records whose contents are lost. */
  readonly bare: readonly number[];
  /** By record: the one that says that it took its content away. */
  readonly takenBy: ReadonlyMap<number, number>;
  /** The path of some record is not proved. */
  readonly isGuessed: boolean;
}

/** Tells the records that are what was recorded from those that are not. */
export class RecordProof {
  readonly #database: SqliteDatabase;
  readonly #loss: Loss;
  readonly #lostContents: Map<number, LostContent>;
  readonly #otherNames: Map<number, SalvageNames>;
  readonly #contentOf: Statement;
  readonly #pathOf: Statement;
  readonly #repair: Statement;
  readonly #delete: Statement;
  readonly #setChain: Statement;
  readonly #takenBy = new Map<number, number>();
  readonly #bare: number[] = [];
  #broken = Infinity;
  #isGuessed = false;

  constructor({ database, loss, lostContents, otherNames }: ProofParts) {
    this.#database = database;
    this.#loss = loss;
    this.#lostContents = lostContents;
    this.#otherNames = otherNames;
    this.#contentOf = database.prepare(
      `SELECT DISTINCT c.id, c.sha256, c.size FROM inodes i JOIN contents c ON c.id = i.content
         WHERE i.version = ? AND c.sha256 IS NOT NULL`,
    );
    this.#pathOf = database.prepare('SELECT path FROM records WHERE seq = ?').pluck();
    this.#repair = database.prepare('UPDATE records SET path = ?, content = ? WHERE seq = ?');
    this.#delete = database.prepare('DELETE FROM records WHERE seq = ?');
    this.#setChain = database.prepare('UPDATE records SET chain = ? WHERE seq = ?');
  }

  /** Throws out what is not proved, and finds how far the chain can be followed. */
  run(): Proved {
    let before: Uint8Array | null = chainStart;
    /** The chain that the record before should have had, when it had another one. */
    let other: { readonly seq: number; readonly chain: Buffer } | null = null;
    let next = 1;
    const proved = { provedTo: 0, chain: '' };
    for (const record of foundRecords(this.#database)) {
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
    return {
      ...proved,
      broken: this.#broken,
      bare: this.#bare,
      takenBy: this.#takenBy,
      isGuessed: this.#isGuessed,
    };
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
      if (record.removed_by === null || content !== null) this.#bare.push(seq);
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
      this.#bare.push(seq);
      return true;
    }
    if (fits({ sha256: lost.found, size: lost.size })) {
      // Not the bytes were hurt but what is noted of them.
      this.#database.prepare('UPDATE contents SET sha256 = ? WHERE id = ?').run(lost.found, content);
      this.#lostContents.delete(content);
      return true;
    }
    if (!fits(lost)) return this.#isRepaired(record, salt);
    this.#bare.push(seq);
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

  #noteRemovals({ seq, removes, operation }: FoundRecord): void {
    if (removes === null || !removing.has(operation)) return;
    for (const removed of decodeNumbers(removes)) this.#takenBy.set(removed, seq);
  }
}
