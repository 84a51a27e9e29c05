import { close, fdatasync, open, read } from 'node:fs';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MemfsError } from '../../core/errors.js';
import type { Content, ContentId } from '../../journal/contents/contents.js';
import { gapOf, type Traces } from '../../journal/contents/page-gaps.js';
import type { SegmentReaders } from '../../journal/contents/segment-readers.js';
import { extentsOf } from '../../journal/contents/segments.js';
import type { Ledger } from '../store/ledger.js';
import type { Maintenance } from '../store/maintenance.js';
import type { Workspace } from '../store/workspace.js';

const retryMs = 50;
/** A verification or a copy of a large store may keep the WAL that long. */
const patienceMs = 600_000;
const pagesAtOnce = 64;

const openFile = promisify(open);
const readFile = promisify(read);
const syncFile = promisify(fdatasync);

/** Makes sure that the files of a store do not hold what its tables hold no longer. */
export class Erasure {
  readonly #path: string;
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #maintenance: Maintenance;
  /** Of the database; open as long as the store is, for closing it would drop SQLite's locks (fcntl(2)). */
  #descriptor: number | undefined;
  /** An earlier redaction did not come to its end. */
  #isBehind = false;

  constructor(path: string, workspace: Workspace, ledger: Ledger, maintenance: Maintenance) {
    this.#path = path;
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#maintenance = maintenance;
  }

  /** Adds what to look for once a content is gone: its hash, and the bytes that nobody else reads. */
  trace(traces: Traces, content: Content, readers: SegmentReaders, gone: ReadonlySet<ContentId>): void {
    const { contents, records } = this.#workspace;
    const { id, segments, size, sha256 } = content;
    if (sha256 !== null) traces.add(sha256);
    for (const seq of records.referringTo(id)) traces.add(records.get(seq)!.salt!);
    for (const [segment] of extentsOf(segments, size))
      for (const bytes of contents.segments.heads(segment, readers.extent(segment, gone))) traces.add(bytes);
  }

  /** Before contents go: should it not come to an end, the next engine goes on with it. */
  begin(): void {
    const { meta } = this.#workspace;
    this.#ledger.commit();
    this.#isBehind ||= meta.unwiped;
    if (!this.#isBehind) meta.unwiped = true;
  }

  /** After `begin`. Resolves when no file of the store holds the bytes. Throws `busy` like `emptyLogs`. */
  async finish(traces: Traces): Promise<void> {
    const { database, meta } = this.#workspace;
    await this.emptyLogs();
    // What to look for is not known any more after a restart.
    if (this.#isBehind || (!traces.isEmpty && (await this.#isAnywhere(traces)))) {
      this.#ledger.commit();
      database.exec('VACUUM');
      await this.emptyLogs();
    }
    this.#ledger.commit();
    meta.unwiped = false;
    this.#isBehind = false;
  }

  /** Spool and WAL, for good. Throws `busy` when somebody reads the WAL for too long. */
  async emptyLogs(): Promise<void> {
    for (let waited = 0; ; waited += retryMs) {
      this.#ledger.purge();
      if (this.#maintenance.checkpoint()) {
        // That both were cut must survive loss of power like what was removed from the database.
        await Promise.all([syncFile(this.#ledger.spoolDescriptor), this.#maintenance.sync()]);
        return;
      }
      if (waited >= patienceMs)
        throw new MemfsError('busy', 'the content is removed, but the write-ahead log still holds it', {
          hint: 'Something reads the store since long: when it has ended, redact the version once more.',
        });
      await delay(retryMs);
    }
  }

  async #isAnywhere(traces: Traces): Promise<boolean> {
    this.#descriptor ??= await openFile(this.#path, 'r');
    const pageBytes = this.#workspace.database.pragma('page_size', { simple: true }) as number;
    const block = Buffer.alloc(pageBytes * pagesAtOnce);
    for (let first = 1; ; first += pagesAtOnce) {
      const { bytesRead } = await readFile(this.#descriptor, block, 0, block.length, (first - 1) * pageBytes);
      if (bytesRead === 0) return false;
      for (let page = 0; (page + 1) * pageBytes <= bytesRead; page++) {
        const gap = gapOf(block.subarray(page * pageBytes, (page + 1) * pageBytes), first + page);
        if (gap === null || isZero(gap)) continue;
        if (traces.isIn(gap)) return true;
        await nextTurn();
      }
    }
  }

  /** After the database. */
  close(): void {
    if (this.#descriptor !== undefined) close(this.#descriptor);
  }
}

const zeros = Buffer.alloc(65_536);

const isZero = (bytes: Buffer): boolean => bytes.equals(zeros.subarray(0, bytes.length));
