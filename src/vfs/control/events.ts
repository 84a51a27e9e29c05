import type { Deferred } from '../filesystem.js';
import { FileType } from '../store/mode.js';
import { journalLine } from './journal-lines.js';
import type { ControlFile, NodeAttributes, ReadRequest } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';

/** A handle is the record that was the newest at its open, and a number that tells it from others of that time. */
const handlesPerRecord = 2 ** 20;
const pageRecords = 64;

/** Where a reader has got to: everything up to a record but for the rest of its last line. */
interface Position {
  readonly after: number;
  readonly rest: Buffer;
}

/**
 * `events`: the records to come, each as soon as it is there. A read that finds none waits for one. How far a reader
 * is follows from its handle and its offset; what is remembered here only saves finding it again. It can be seeked,
 * which head(1) does when it has read more than its lines.
 */
export class EventsNode implements ControlFile {
  readonly kind = 'file';
  readonly access = 'direct';
  readonly #parts: ControlParts;
  readonly #waiting: Map<bigint, AbortController>;
  readonly #positions = new Map<string, Position>();
  #opened = 0;

  /** `waiting`: reads that wait, by request, for the mount to interrupt. */
  constructor(parts: ControlParts, waiting: Map<bigint, AbortController>) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.regular);
  }

  open(): number {
    this.#opened = (this.#opened + 1) % handlesPerRecord;
    return this.#parts.workspace.records.head * handlesPerRecord + this.#opened;
  }

  read(request: ReadRequest): Deferred<readonly Uint8Array[]> {
    const key = `${request.handle}:${request.offset}`;
    const known = this.#positions.get(key);
    const first = known === undefined ? undefined : this.#next(known);
    if (first !== undefined && first.rest.length > 0) return this.#give(request, key, first);
    return this.#wait(request, key, first);
  }

  /** The lines of the records behind a position, if there are any yet. */
  #next({ after, rest }: Position): Position {
    if (rest.length > 0) return { after, rest };
    const { history, reader, matcher } = this.#parts;
    const rows = history.page({ after, limit: pageRecords, reverse: false });
    const lines = rows.map((row) => journalLine(reader, matcher, row)).join('');
    return { after: rows.at(-1)?.seq ?? after, rest: Buffer.from(lines) };
  }

  #give({ handle, offset, size }: ReadRequest, key: string, { after, rest }: Position): Uint8Array[] {
    const given = rest.subarray(0, size);
    this.#positions.delete(key);
    this.#positions.set(`${handle}:${offset + given.length}`, { after, rest: rest.subarray(given.length) });
    return [given];
  }

  async #wait(request: ReadRequest, key: string, reached?: Position): Promise<readonly Uint8Array[]> {
    const { context } = request;
    const controller = new AbortController();
    context.waitsForOthers = true;
    this.#waiting.set(context.unique, controller);
    try {
      let position = reached ?? (await this.#find(request));
      for (;;) {
        position = this.#next(position);
        if (position.rest.length > 0) return this.#give(request, key, position);
        this.#positions.set(key, position);
        if (position.after < this.#parts.workspace.records.head) await new Promise(setImmediate);
        else await this.#parts.feed.next(controller.signal);
      }
    } finally {
      this.#waiting.delete(context.unique);
    }
  }

  /** An earlier engine gave the bytes up to here: they are printed again and passed over. */
  async #find({ handle, offset }: ReadRequest): Promise<Position> {
    let position: Position = { after: Math.floor(handle / handlesPerRecord), rest: Buffer.alloc(0) };
    for (let left = offset; left > 0; ) {
      const { after, rest } = this.#next(position);
      if (rest.length === 0 && after === position.after) break;
      const passed = Math.min(left, rest.length);
      left -= passed;
      position = { after, rest: rest.subarray(passed) };
      await new Promise(setImmediate);
    }
    return position;
  }

  release(handle: number): void {
    for (const key of this.#positions.keys()) if (key.startsWith(`${handle}:`)) this.#positions.delete(key);
  }
}
