import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Redaction } from '../../core/removals.js';
import type { Content, ContentId } from '../../journal/contents/contents.js';
import { Traces } from '../../journal/contents/page-gaps.js';
import { SegmentReaders } from '../../journal/contents/segment-readers.js';
import type { RemovedContents } from '../operations/remove-contents.js';
import type { StoreReader } from '../past/store-reader.js';
import type { Ledger } from '../store/ledger.js';
import type { Workspace } from '../store/workspace.js';
import type { Erasure } from './erasure.js';
import { releaseOnBranches } from './release.js';

/** Contents that are looked at between two turns of the loop. */
const scanned = 1_000;

/** Takes contents out of history for good: one removal at a time, and never much in one turn of the loop. */
export class Removals {
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #reader: StoreReader;
  readonly #erasure: Erasure;
  #last: Promise<unknown> = Promise.resolve();

  constructor(workspace: Workspace, ledger: Ledger, reader: StoreReader, erasure: Erasure) {
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#reader = reader;
    this.#erasure = erasure;
  }

  /** What one removal knows of who reads what must stay true until it has ended. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves when no file of the store holds the bytes any more. A version may have been redacted before. */
  redact(versions: readonly (string | number)[], actor: Actor): Promise<Redaction> {
    return this.alone(async () => {
      const seqs = versions.map((version) => this.#versionNamed(version));
      const traces = new Traces();
      const stillIn = new Map<ContentId, number>();
      let conflicts = 0;
      this.#erasure.begin();
      try {
        for (const seq of seqs) {
          const { content: id } = this.#workspace.records.get(seq)!;
          if (id === null) continue;
          const content = this.#workspace.contents.get(id);
          releaseOnBranches(this.#workspace.siblings, this.#ledger, id, actor);
          const readers = await this.readersOf([content]);
          const gone = new Set([id]);
          this.#erasure.trace(traces, content, readers, gone);
          conflicts += this.remove('redacted', [content], readers, gone, actor, seq).conflicts;
          for (const [other, bytes] of readers.sharing(content))
            stillIn.set(other, Math.max(stillIn.get(other) ?? 0, bytes));
        }
      } finally {
        // One that was refused leaves those before it redacted.
        await this.#erasure.finish(traces);
      }
      return { ...this.#report(seqs, stillIn), conflicts };
    });
  }

  /** Ends what an earlier engine began and did not live to end. */
  resume(): Promise<void> {
    return this.alone(async () => {
      if (!this.#workspace.meta.unwiped) return;
      this.#erasure.begin();
      await this.#erasure.finish(new Traces());
    });
  }

  /** Its sequence number. */
  #versionNamed(version: string | number): number {
    const seq = this.#reader.seqOf(version);
    const row = this.#workspace.records.get(seq);
    if (row === undefined) throw new MemfsError('not_found', `no record ${seq}`);
    if (row.content === null && row.removed_by === null)
      throw new MemfsError('invalid', `record ${seq} has no content`, {
        hint: 'memfsd log shows which records are versions.',
      });
    return seq;
  }

  async readersOf(contents: readonly Content[]): Promise<SegmentReaders> {
    const readers = new SegmentReaders(this.#workspace.database, contents);
    while (readers.scan(scanned)) await nextTurn();
    return readers;
  }

  /** `gone`: these contents, and those that were removed since the readers were looked for. */
  remove(
    operation: 'redacted' | 'pruned',
    contents: readonly Content[],
    readers: SegmentReaders,
    gone: ReadonlySet<ContentId>,
    actor: Actor,
    version: number | null,
  ): RemovedContents {
    return this.#ledger.run(
      this.#workspace,
      'removeContents',
      { connection: 0, unique: 0n, resent: false, actor },
      {
        operation,
        contents: contents.map(({ id }) => id),
        version,
        readers: readers.furthest(contents, gone),
        scannedTo: readers.scannedTo,
      },
    );
  }

  #report(
    seqs: readonly number[],
    stillIn: ReadonlyMap<ContentId, number>,
  ): Pick<Redaction, 'records' | 'stillIn'> {
    const { records } = this.#workspace;
    const by = new Set(seqs.map((seq) => records.get(seq)!.removed_by!));
    const others = [...stillIn].flatMap(([id, bytes]) =>
      records.referringTo(id).map((seq) => ({ record: this.#reader.bySeq(seq), bytes })),
    );
    return {
      records: [...by].map((seq) => this.#reader.bySeq(seq)),
      stillIn: others.sort((a, b) => a.record.seq - b.record.seq),
    };
  }
}
