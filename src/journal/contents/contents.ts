import { createHash } from 'node:crypto';
import { refusal } from '../../core/errors.js';
import type { Counters } from '../counters.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { decodeNumbers, encodeNumbers } from '../number-list.js';
import { type SegmentExtents, type SegmentStore, type Segments, segmentBytes } from './segments.js';
import { type HashState, WorkingContent } from './working-content.js';

export type ContentId = number;

/** One stored content. `sha256` is null when it belongs to a single unversioned file. */
export interface Content {
  readonly id: ContentId;
  readonly sha256: Buffer | null;
  readonly size: number;
  readonly segments: Segments;
  /** Segments that go with an unversioned content; empty for one with a hash, which is history. */
  readonly owned: Segments;
}

const knownContents = 4096;
const knownHashStates = 64;

interface ContentRow {
  readonly id: ContentId;
  readonly sha256: Buffer | null;
  readonly size: number;
  readonly segments: Buffer;
  readonly owned: Buffer | null;
}

/** Contents by hash: stored once, shared by every version that has them. */
export class ContentStore {
  readonly #byId: Statement;
  readonly #byHash: Statement;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #after: Statement;
  readonly #cache = new Map<ContentId, Content>();
  readonly #hashStates = new Map<ContentId, HashState>();
  readonly #counters: Counters;
  readonly segments: SegmentStore;

  constructor(database: SqliteDatabase, segments: SegmentStore, counters: Counters) {
    this.segments = segments;
    this.#counters = counters;
    this.#byId = database.prepare('SELECT id, sha256, size, segments, owned FROM contents WHERE id = ?');
    this.#byHash = database.prepare('SELECT id FROM contents WHERE sha256 = ?').pluck();
    this.#insert = database.prepare(
      'INSERT INTO contents (id, sha256, size, segments, owned) VALUES (?, ?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM contents WHERE id = ?');
    this.#after = database.prepare('SELECT id FROM contents WHERE id > ? ORDER BY id').pluck();
  }

  reload(): void {
    this.#cache.clear();
    this.#hashStates.clear();
    this.segments.reload();
  }

  get(id: ContentId): Content {
    const content = this.find(id);
    if (content === undefined) throw refusal('corrupt', `content ${id} is missing`);
    return content;
  }

  find(id: ContentId): Content | undefined {
    const known = this.#cache.get(id);
    if (known !== undefined) return known;
    const row = this.#byId.get(id) as ContentRow | undefined;
    if (row === undefined) return undefined;
    const owned = row.owned === null ? [] : decodeNumbers(row.owned);
    return this.#remember({ ...row, segments: decodeNumbers(row.segments), owned });
  }

  #remember(content: Content): Content {
    if (this.#cache.size >= knownContents) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(content.id, content);
    return content;
  }

  read(content: Pick<Content, 'segments' | 'size'>, offset: number, length: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    const end = Math.min(offset + length, content.size);
    for (let position = offset; position < end; ) {
      const index = Math.floor(position / segmentBytes);
      const from = position - index * segmentBytes;
      const to = Math.min(segmentBytes, end - index * segmentBytes);
      pieces.push(this.segments.read(content.segments[index] ?? 0, from, to - from));
      position = index * segmentBytes + to;
    }
    return pieces;
  }

  /** The whole content in pieces of at most 256 KiB. */
  *chunks(content: Content): Generator<Uint8Array> {
    for (let offset = 0; offset < content.size; offset += segmentBytes)
      yield* this.read(content, offset, segmentBytes);
  }

  /** A working content over `base`, or over nothing. */
  edit(base: ContentId | null): WorkingContent {
    if (base === null) return new WorkingContent(this.segments, [], 0);
    const { segments, size } = this.get(base);
    return new WorkingContent(this.segments, segments, size, this.#hashStates.get(base) ?? null);
  }

  /** A working content that an earlier engine left behind; it made the segments that are its `own`. */
  resume(segments: Segments, size: number, own: Segments = []): WorkingContent {
    return new WorkingContent(this.segments, segments, size, null, own);
  }

  /** Stores a working content under its hash. Equal contents are one: the newly written segments then go. */
  commit(working: WorkingContent): Content {
    const { sha256, state } = working.digest();
    const known = this.#byHash.get(sha256) as ContentId | undefined;
    if (known !== undefined) {
      working.discard();
      return this.get(known);
    }
    const content = this.#insertContent(sha256, working.size, working.persist(), []);
    if (state !== null) {
      if (this.#hashStates.size >= knownHashStates)
        this.#hashStates.delete(this.#hashStates.keys().next().value!);
      this.#hashStates.set(content.id, state);
    }
    return content;
  }

  /** Stores a working content under the id that it had, in a history that is brought back. */
  restore(id: ContentId, working: WorkingContent): Content {
    const { sha256 } = working.digest();
    this.#counters.raise('content', id);
    return this.#insertContent(sha256, working.size, working.persist(), []);
  }

  /**
   * Stores a working content for an unversioned file; `replaced` is what the file had before, `stillRead` are
   * segments that other working contents refer to.
   */
  commitUnversioned(working: WorkingContent, replaced: ContentId | null, stillRead: Segments): Content {
    const segments = working.persist();
    const before = new Set(replaced === null ? [] : this.get(replaced).owned);
    const owned = segments.filter((segment) => working.created(segment) || before.has(segment));
    const content = this.#insertContent(null, working.size, segments, owned);
    if (replaced !== null) this.discard(replaced, [...owned, ...stillRead]);
    return content;
  }

  #insertContent(sha256: Buffer | null, size: number, segments: Segments, owned: Segments): Content {
    const ownedBytes = sha256 === null ? encodeNumbers(owned) : null;
    const id = this.#counters.next('content');
    this.#insert.run(id, sha256, size, encodeNumbers(segments), ownedBytes);
    return this.#remember({ id, sha256, size, segments, owned });
  }

  /** Gives a content that an unversioned file had a hash, so that a version can refer to it. */
  adopt(id: ContentId, stillRead: Segments): Content {
    const content = this.get(id);
    if (content.sha256 !== null) return content;
    const hash = createHash('sha256');
    for (const chunk of this.chunks(content)) hash.update(chunk);
    const sha256 = hash.digest();
    const known = this.#byHash.get(sha256) as ContentId | undefined;
    this.#cache.delete(id);
    this.#delete.run(id);
    if (known !== undefined) {
      const shared = this.get(known);
      this.#removeSegments(content.owned, [...shared.segments, ...stillRead]);
      return shared;
    }
    return this.#insertContent(sha256, content.size, content.segments, []);
  }

  /** Removes the content of an unversioned file; a content with a hash is history and stays. */
  discard(id: ContentId, keep: Segments = []): void {
    const content = this.get(id);
    if (content.sha256 !== null) return;
    this.#cache.delete(id);
    this.#delete.run(id);
    this.#removeSegments(content.owned, keep);
  }

  /** Ids of the contents that were made after this one. */
  madeAfter(id: ContentId): ContentId[] {
    return this.#after.all(id) as ContentId[];
  }

  /** Removes a content from history, but for the beginnings of segments that others read. */
  erase(id: ContentId, othersRead: SegmentExtents): void {
    const { segments } = this.get(id);
    this.#cache.delete(id);
    this.#hashStates.delete(id);
    this.#delete.run(id);
    for (const segment of segments) this.segments.cut(segment, othersRead.get(segment) ?? 0);
  }

  #removeSegments(segments: Segments, keep: Segments): void {
    const kept = new Set(keep);
    for (const segment of segments) if (!kept.has(segment)) this.segments.remove(segment);
  }
}
