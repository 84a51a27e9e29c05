/** Redaction of dreams: of what quotes the bytes, would write them, or has staged a file that holds them. */
import { asMemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Redaction } from '../../core/removals.js';
import type { Dream } from '../../dream/dream.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import {
  goneWith,
  type IsGone,
  withoutBranch,
  withoutGone,
  withoutLines,
} from '../../dream/removed-quotes.js';
import type { Store } from '../../vfs/store.js';
import type { DreamRunner } from './dream-runner.js';
import { dropBranch, stage } from './stage.js';
import { textOf } from './view-text.js';

interface Gone {
  /** `memver_…` */
  readonly versions: ReadonlySet<string>;
  readonly isGone: IsGone;
}

export class DreamRedaction {
  readonly #dreams: Dreams;
  readonly #runner: DreamRunner;

  constructor(dreams: Dreams, runner: DreamRunner) {
    this.#dreams = dreams;
    this.#runner = runner;
  }

  /** Throws `busy` while one of the branches that hold the bytes is mounted, before anything is redacted. */
  async redact(store: Store, versions: readonly string[], actor: Actor): Promise<Redaction> {
    const gone = whatGoes(store, versions);
    for (const { id, status } of this.#dreams.list(store.id))
      if (status === 'pending' || status === 'running') this.#runner.cancel(id);
    const holding = this.#dreams
      .staged(store.id)
      .map((dream) => ({ dream, records: recordsHolding(store, dream, gone.isGone) }))
      .filter(({ records }) => records.length > 0);
    try {
      for (const { dream } of holding) dropBranch(store, dream.id);
      const own = holding.flatMap(({ records }) => records.map(String));
      const redaction = await store.redact([...versions, ...own], actor);
      this.#clean(store.id, gone);
      return redaction;
    } finally {
      await this.restage(store);
    }
  }

  #clean(store: string, { isGone, versions }: Gone): void {
    this.#dreams.rewrite(store, (edit) => withoutLines(edit, isGone, versions));
    this.#dreams.rewriteTexts(store, (text) => withoutGone(text, isGone));
  }

  /**
   * Gives dreams that wait for review and have lost their branch another one, without a reviewer's changes.
   */
  async restage(store: Store): Promise<void> {
    for (const dream of this.#dreams.staged(store.id)) {
      if (store.branches().some(({ name }) => name === dream.id)) continue;
      const before = this.#dreams.edits.of(dream.id);
      const isBegun = before.some(({ state }) => state === 'applied');
      const { branch, base, edits } = isBegun
        ? { branch: null, base: dream.base!, edits: before.map(withoutBranch) }
        : await stage(store, dream.id, before, () => {});
      this.#dreams.restaged(dream.id, { branch, base, edits });
    }
  }
}

/**
 * The versions that go, and their lines that the memories do not have any more: these go wherever they stand.
 */
function whatGoes(store: Store, selectors: readonly string[]): Gone {
  const versions = new Set<string>();
  let removed = '';
  let present = '';
  for (const selector of selectors) {
    const record = recordOf(store, selector);
    if (record?.version == null) continue;
    versions.add(record.version);
    removed += `${textOf(store, record.path, record.version) ?? ''}\n`;
    present += `${textOf(store, record.path) ?? ''}\n`;
  }
  return { versions, isGone: goneWith(removed, present) };
}

function recordOf(store: Store, selector: string) {
  const seq = seqOf(store, selector);
  if (seq === null) return undefined;
  const [record] = store.log({ after: seq - 1, limit: 1 });
  return record?.seq === seq ? record : undefined;
}

/** Null for a selector that the store refuses: it says itself what is wrong when it redacts. */
function seqOf(store: Store, selector: string): number | null {
  try {
    return store.seqOf(selector);
  } catch (error) {
    if (asMemfsError(error).code === 'internal') throw error;
    return null;
  }
}

/** The records of versions that were made on the branch and hold a line that goes. */
function recordsHolding(store: Store, { id, base }: Dream, isGone: IsGone): number[] {
  const branch = store.branch(id);
  return [...branch.log({ after: base ?? 0 })]
    .filter(({ path, version, removed_by }) => {
      if (version === null || removed_by !== null) return false;
      const text = textOf(branch, path, version);
      return text?.split('\n').some(isGone) === true;
    })
    .map(({ seq }) => seq);
}
