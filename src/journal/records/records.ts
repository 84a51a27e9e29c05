import type { Actor, Operation } from '../../core/model.js';
import type { Content, ContentId } from '../contents/contents.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { encodeNumbers } from '../number-list.js';
import { chainNext, chainStart, commitmentOf } from './chain.js';

/** Codes of `records.operation`, on disk for ever: append only. */
export const operations: readonly Operation[] = [
  'created',
  'modified',
  'deleted',
  'renamed',
  'mkdir',
  'rmdir',
  'symlink',
  'link',
  'unlink',
  'mknod',
  'attributes',
  'exchanged',
  'merged',
  'redacted',
  'pruned',
  'branched',
  'dropped',
  'lost',
  'salvaged',
];

export interface NewRecord {
  readonly operation: Operation;
  readonly branch: number;
  readonly timeMs: number;
  readonly actor: Actor;
  readonly ino: number;
  readonly memory: number | null;
  /** The record that made the memory's previous state. */
  readonly parent: number | null;
  readonly path: Buffer;
  readonly previousPath: Buffer | null;
  readonly content: Content | null;
  /** The connection it came through, 0 for the command line. */
  readonly mount: number;
  /** Notes of the policy. */
  readonly flags?: readonly string[];
  /** The records whose contents it takes away. */
  readonly removes?: readonly number[];
  /** 16 random bytes. */
  readonly salt: Buffer;
}

export interface RecordRow {
  readonly seq: number;
  readonly branch: number;
  readonly time_ms: number;
  readonly operation: number;
  readonly agent: string;
  readonly session: string;
  readonly claimed: 0 | 1;
  readonly mount: number | null;
  readonly flags: string | null;
  readonly ino: number;
  readonly memory: number | null;
  readonly parent: number | null;
  readonly commitment: Buffer;
  readonly chain: Buffer;
  /** Null once `removed_by` is set, as is `content`. */
  readonly salt: Buffer | null;
  readonly path: Buffer | null;
  readonly previous_path: Buffer | null;
  readonly content: ContentId | null;
  readonly sha256: Buffer | null;
  readonly size: number | null;
  /** The hash of the memory's previous state. */
  readonly previous_sha256: Buffer | null;
  /** The records whose contents it took away: `decodeNumbers`. */
  readonly removes: Buffer | null;
  /** The record that took its content away. */
  readonly removed_by: number | null;
}

/** Columns of a record with its actor and content resolved. */
export const recordColumns = `
  r.seq, r.branch, r.time_ms, r.operation, a.agent, a.session, r.claimed, r.mount, r.flags, r.ino, r.memory, r.parent, r.commitment, r.chain,
  r.salt, r.path, r.previous_path, r.content, c.sha256, c.size, pc.sha256 AS previous_sha256,
  r.removes, r.removed_by
  FROM records r JOIN actors a ON a.id = r.actor LEFT JOIN contents c ON c.id = r.content
  LEFT JOIN records p ON p.seq = r.parent LEFT JOIN contents pc ON pc.id = p.content`;

/** The append-only, hash-chained list of what happened. */
export class RecordLog {
  readonly #insert: Statement;
  readonly #newest: Statement;
  readonly #actorId: Statement;
  readonly #newActor: Statement;
  readonly #bySeq: Statement;
  readonly #referring: Statement;
  readonly #removeContent: Statement;
  readonly #actors = new Map<string, number>();
  #head = 0;
  #chain: Uint8Array = chainStart;

  constructor(database: SqliteDatabase) {
    this.#insert = database.prepare(
      `INSERT INTO records (seq, branch, time_ms, operation, actor, ino, memory, parent, commitment, chain, salt,
         path, previous_path, content, mount, claimed, flags, removes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#newest = database.prepare('SELECT seq, chain FROM records ORDER BY seq DESC LIMIT 1');
    this.#actorId = database.prepare('SELECT id FROM actors WHERE agent = ? AND session = ?').pluck();
    this.#newActor = database.prepare('INSERT INTO actors (agent, session) VALUES (?, ?)');
    this.#bySeq = database.prepare(`SELECT ${recordColumns} WHERE r.seq = ?`);
    this.#referring = database.prepare('SELECT seq FROM records WHERE content = ? ORDER BY seq').pluck();
    this.#removeContent = database.prepare(
      'UPDATE records SET salt = NULL, content = NULL, removed_by = ? WHERE seq = ?',
    );
    this.reload();
  }

  reload(): void {
    this.#actors.clear();
    const newest = this.#newest.get() as { seq: number; chain: Buffer } | undefined;
    this.#head = newest?.seq ?? 0;
    this.#chain = newest?.chain ?? chainStart;
  }

  /** Sequence number of the newest record, 0 for an empty journal. */
  get head(): number {
    return this.#head;
  }

  get(seq: number): RecordRow | undefined {
    return this.#bySeq.get(seq) as RecordRow | undefined;
  }

  /** Every record of a content, oldest first. */
  referringTo(content: ContentId): number[] {
    return this.#referring.all(content) as number[];
  }

  /** Takes away what lies outside the chain, but for the path; `by`: the record that says so. */
  removeContent(seq: number, by: number): void {
    this.#removeContent.run(by, seq);
  }

  append(record: NewRecord): number {
    const seq = this.#head + 1;
    const { path, previousPath, content, actor } = record;
    const removes = record.removes === undefined ? null : encodeNumbers(record.removes);
    const commitment = commitmentOf(record.salt, {
      path,
      previousPath,
      removes,
      content: content === null ? null : { sha256: content.sha256!, size: content.size },
    });
    const operation = operations.indexOf(record.operation);
    const chain = chainNext(this.#chain, {
      seq,
      branch: record.branch,
      timeMs: record.timeMs,
      operation,
      agent: actor.agent,
      session: actor.session,
      ino: record.ino,
      memory: record.memory,
      parent: record.parent,
      commitment,
      mount: record.mount,
      claimed: actor.claimed === true,
    });
    this.#insert.run(
      seq,
      record.branch,
      record.timeMs,
      operation,
      this.#actor(actor),
      record.ino,
      record.memory,
      record.parent,
      commitment,
      chain,
      record.salt,
      path,
      previousPath,
      content?.id ?? null,
      record.mount,
      actor.claimed === true ? 1 : 0,
      record.flags === undefined || record.flags.length === 0 ? null : record.flags.join(' '),
      removes,
    );
    this.#head = seq;
    this.#chain = chain;
    return seq;
  }

  #actor(actor: Actor): number {
    const key = `${actor.session}\n${actor.agent}`;
    const known = this.#actors.get(key);
    if (known !== undefined) return known;
    let id = this.#actorId.get(actor.agent, actor.session) as number | undefined;
    id ??= Number(this.#newActor.run(actor.agent, actor.session).lastInsertRowid);
    this.#actors.set(key, id);
    return id;
  }
}
