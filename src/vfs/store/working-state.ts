import type { Actor } from '../../core/model.js';
import type { Content, ContentId, ContentStore } from '../../journal/contents/contents.js';
import { extentsOf, segmentBytes, storedBytesOf } from '../../journal/contents/segments.js';
import type { WorkingContent } from '../../journal/contents/working-content.js';
import type { StoredWorkingState } from '../../journal/tree/open-state.js';
import { Appended, bytesOf, type Tail } from './appended.js';

/** A write(2) that appends and may have more to come: the kernel cuts it where it likes. */
export interface UnderWay {
  readonly handle: number;
  /** The thread that writes, as the kernel numbers it; -1: not known. */
  readonly thread: number;
  /** How much of it has come, at least: so many bytes at the end of the file. */
  readonly bytes: number;
}

/** A part of a working state that becomes one version, or is refused as one. */
export interface Part {
  /** Whoever changed the file in place, or cut it. */
  readonly edits: boolean;
  /** What these handles appended comes after it, or after whatever is committed. */
  readonly tails: readonly Tail[];
  /** Bytes at the end that are left out: of a write(2) that is under way. */
  readonly spared: number;
  readonly actor: Actor;
}

/** What a clean state shows before what was appended: a content whose row may be gone, as of an unversioned file. */
type Seen = Pick<Content, 'segments' | 'size'>;

const nothing: Seen = { segments: [], size: 0 };

/**
 * Uncommitted content of an inode, as one mount sees it: there is one for each (mount, inode).
 *
 * It has two parts. What was changed in place is the mount's as a whole, as its page cache is. What was appended
 * belongs to the handle that did it, lies behind that, and finds its place when that handle commits it.
 */
export class WorkingState {
  readonly connection: number;
  readonly appended = new Appended();
  /** The committed content that the mount sees, or that was changed in place. */
  base: ContentId | null;
  /** The committed content that a change in place must still find at its commit; null: whatever is there. */
  basis: ContentId | null;
  /** A descriptor was closed since it was cut to nothing: other mounts must see that when they look. */
  isDue = false;
  /** The last to change it in place. */
  actor: Actor;
  /** Milliseconds since the epoch of the last change in place, for the idle commit; 0: not known. */
  changedMs: number;
  underWay: UnderWay | null = null;
  readonly #contents: ContentStore;
  #seen: Seen;
  #edited: WorkingContent | null = null;

  constructor(
    contents: ContentStore,
    connection: number,
    base: ContentId | null,
    actor: Actor,
    nowMs: number,
  ) {
    this.#contents = contents;
    this.connection = connection;
    this.base = base;
    this.basis = base;
    this.actor = actor;
    this.changedMs = nowMs;
    this.#seen = base === null ? nothing : contents.get(base);
  }

  /** As an earlier engine left it. */
  static resume(contents: ContentStore, stored: StoredWorkingState): WorkingState {
    const { connection, base, basis, actor, size, segments, edited, runs, underWay } = stored;
    const state = new WorkingState(contents, connection, null, actor, 0);
    state.base = base;
    state.basis = basis;
    state.#seen = { segments: segments.slice(0, Math.ceil(size / segmentBytes)), size };
    if (edited) state.#edited = contents.resume(segments, size);
    state.underWay = underWay;
    const { appended } = state;
    const tails = stored.tails.map(({ size: end, segments: stretch, ...tail }) => {
      const content = contents.resume(stretch, end, tail.from === 0 ? stretch : []);
      return appended.begin({ ...tail, content, changedMs: 0 });
    });
    const ends = tails.map(({ from }) => from);
    const order = runs ?? tails.flatMap(({ content, from }, index) => [index, content.size - from]);
    for (let at = 0; at < order.length; at += 2) {
      const [index, length] = [order[at]!, order[at + 1]!];
      appended.extend(tails[index]!, ends[index]!, length);
      ends[index]! += length;
    }
    return state;
  }

  /** Returns what the next engine goes on from. */
  store(ino: number): StoredWorkingState {
    const { connection, base, basis, actor, underWay, appended } = this;
    appended.detach(() => this.#contents.edit(null));
    const { tails, runs } = appended;
    return {
      ino,
      connection,
      base,
      basis,
      actor,
      underWay,
      edited: this.isEdited,
      size: this.#ownSize,
      segments: this.#edited?.persist() ?? this.#seen.segments,
      runs: runs.flatMap(({ tail, length }) => [tails.indexOf(tail), length]),
      tails: tails.map(({ content, changedMs: _, ...tail }) => ({
        ...tail,
        size: content.size,
        segments: content.persist(),
      })),
    };
  }

  /** It holds changes in place, not only what was appended. */
  get isEdited(): boolean {
    return this.#edited !== null;
  }

  get #ownSize(): number {
    return this.#edited?.size ?? this.#seen.size;
  }

  get size(): number {
    return this.#ownSize + this.appended.size;
  }

  /** Views, right until the next change; fewer bytes than asked only at the end. */
  read(offset: number, length: number): Uint8Array[] {
    const pieces = this.#readOwn(offset, length);
    const own = this.#ownSize;
    if (offset + length <= own) return pieces;
    const from = Math.max(offset, own);
    pieces.push(...this.appended.read(from - own, offset + length - from));
    return pieces;
  }

  #readOwn(offset: number, length: number): Uint8Array[] {
    if (this.#edited !== null) return this.#edited.read(offset, length);
    return this.#contents.read(this.#seen, offset, length);
  }

  /** The first offset at or after `offset` that is (not) in a hole; the size when there is none. */
  seek(offset: number, wanted: 'data' | 'hole'): number {
    const own = this.#ownSize;
    const { segments, size } = this.#seen;
    const content = this.#edited ?? this.#contents.resume(segments, size);
    const found = offset < own ? content.seek(offset, wanted) : own;
    if (found < own) return found;
    return wanted === 'data' ? Math.max(offset, own) : this.size;
  }

  /** The size without whole segments that are holes. */
  storedBytes(): number {
    const { segments, size } = this.#seen;
    const own = this.#edited?.storedBytes() ?? storedBytesOf(segments, size);
    return own + this.appended.size;
  }

  /** Segments that it reads from. */
  inUse(): number[] {
    const own = this.#edited?.inUse() ?? this.#seen.segments;
    return [...own, ...this.appended.tails.flatMap(({ content }) => content.inUse())];
  }

  /** The stored segments that it reads, each with how far it does. */
  *extents(): Generator<[segment: number, bytes: number]> {
    yield* this.#edited?.extents() ?? extentsOf(this.#seen.segments, this.#seen.size);
    for (const { content } of this.appended.tails) yield* content.extents();
  }

  /** The committed contents that it was made from. */
  madeFrom(): (ContentId | null)[] {
    return [this.base, this.basis, ...this.appended.tails.map(({ base }) => base ?? null)];
  }

  /** Gives up all of it. */
  discard(): void {
    this.#edited?.discard();
    this.appended.clear();
  }

  /** From now on it has changes in place. */
  edit(): WorkingContent {
    if (this.#edited !== null) return this.#edited;
    const { segments, size } = this.#seen;
    const isStored = this.base !== null && this.#contents.find(this.base) !== undefined;
    this.#edited = isStored ? this.#contents.edit(this.base) : this.#contents.resume(segments, size);
    return this.#edited;
  }

  /** Bytes in place, wherever they fall: what was appended may be written over. */
  write(offset: number, data: Uint8Array): void {
    const edited = this.edit();
    if (offset + data.length > this.size) this.settle();
    const inside = Math.max(0, Math.min(data.length, edited.size - offset));
    if (this.appended.size === 0) edited.write(offset, data);
    else {
      if (inside > 0) edited.write(offset, data.subarray(0, inside));
      this.appended.overwrite(offset + inside - edited.size, data.subarray(inside));
    }
  }

  /** Makes `[offset, offset + length)` zero, within the present size. */
  zero(offset: number, length: number): void {
    const edited = this.edit();
    edited.zero(offset, length);
    const from = Math.max(offset, edited.size);
    if (offset + length > from) this.appended.zero(from - edited.size, offset + length - from);
  }

  truncate(size: number): void {
    const edited = this.edit();
    this.underWay = null;
    if (size > this.size) this.settle();
    if (size > edited.size && this.appended.size > 0) this.appended.truncate(size - edited.size);
    else {
      this.appended.clear();
      edited.truncate(size);
    }
  }

  /** Cuts it to nothing, but for the last `spared` bytes, which were appended. */
  empty(spared: number): void {
    this.edit().truncate(0);
    this.appended.keepLast(spared);
    if (spared === 0) this.underWay = null;
  }

  /** What was appended becomes a change in place: something was put behind it. */
  settle(): void {
    const edited = this.edit();
    this.#edited = edited;
    for (const { tail, start, length } of this.appended.runs)
      for (let done = 0; done < length; done += segmentBytes)
        for (const piece of tail.content.read(start + done, Math.min(segmentBytes, length - done)))
          edited.write(edited.size, piece);
    this.appended.clear();
    this.underWay = null;
  }

  /** The tail of a handle, begun behind `head`, what is committed now, so that both can be committed as they are. */
  tailOf(handle: number, actor: Actor, bound: boolean, head: ContentId | null): Tail {
    const known = this.appended.of(handle);
    if (known !== undefined) return known;
    const base = this.isEdited ? null : head;
    const content = this.#contents.edit(base);
    return this.appended.begin({ handle, actor, bound, content, from: content.size, base, changedMs: 0 });
  }

  /** A part that was only appended is about to be committed: what was changed in place goes on with it. */
  include({ tails, spared }: Part): void {
    if (this.#edited === null) return;
    for (const tail of tails)
      for (const piece of bytesOf(tail, spared)) this.#edited.write(this.#edited.size, piece);
  }

  /** What a part alone makes of `head` as it stands: its only tail, with the content that it was begun from. */
  wholeOf({ edits, tails, spared }: Part, head: ContentId | null): Tail | undefined {
    if (edits || tails.length !== 1 || spared > 0) return undefined;
    const tail = tails[0]!;
    return tail.base === head ? tail : undefined;
  }

  /** Takes a part out. Returns its bytes, behind those of `head` if it was only appended. */
  take(part: Part, head: ContentId | null): WorkingContent {
    const { edits, tails, spared } = part;
    const { underWay } = this;
    if (spared === 0 && underWay !== null && tails.some(({ handle }) => handle === underWay.handle))
      this.underWay = null;
    if (edits) {
      const edited = this.edit();
      this.#edited = null;
      const [only] = tails;
      const isAll = tails.length === 1 && spared === 0 && only!.from === 0 && edited.size === 0;
      if (!isAll) return this.#moveTo(edited, tails, spared);
      edited.discard();
      return this.appended.remove(only!);
    }
    const ready = this.wholeOf(part, head);
    if (ready !== undefined) return this.appended.remove(ready);
    return this.#moveTo(this.#contents.edit(head), tails, spared);
  }

  /** `spared` bytes of the last tail stay. */
  #moveTo(content: WorkingContent, tails: readonly Tail[], spared: number): WorkingContent {
    for (const tail of tails) {
      const left = tail === tails.at(-1) ? spared : 0;
      for (const piece of bytesOf(tail, left)) content.write(content.size, piece);
      if (left > 0) this.appended.shorten(tail, left);
      else this.appended.remove(tail).discard();
    }
    return content;
  }

  /** The mount's own commit has put `next` in the place of `head`: what is left goes on from there. */
  follow(head: ContentId | null, next: Content): void {
    if (this.#edited === null) this.see(next);
    else {
      if (this.basis === head && head !== null) this.basis = next.id;
      if (this.base === head) this.base = next.id;
    }
  }

  /** What is left was only appended, and the mount sees it behind what is committed. */
  see(content: Content | null): void {
    this.base = content?.id ?? null;
    this.basis = this.base;
    this.#seen = content ?? nothing;
  }

  get isEmpty(): boolean {
    return this.#edited === null && this.appended.tails.length === 0;
  }
}
