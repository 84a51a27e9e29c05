/** Carries out what a reviewer, or a policy, decides on a dream: apply, reject, revert. */
import type { DreamOutcome, EditChoice } from '../../api/endpoints/dreams.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Dream } from '../../dream/dream.js';
import type { Edit } from '../../dream/edit.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import type { KeptWriting } from '../../dream/kept/writings.js';
import { applying, rejecting, reverting } from '../../dream/review/decisions.js';
import type { WritingStep } from '../../dream/review/writing.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Store } from '../../vfs/store.js';
import type { Stores } from '../stores/stores.js';
import { branchFacts, textsAt } from './review-facts.js';
import { dropBranch } from './stage.js';
import { writeSteps } from './write-steps.js';

export interface DecisionParts {
  readonly dreams: Dreams;
  readonly stores: Stores;
  readonly clock: Clock;
}

type PathOutcome = DreamOutcome['paths'][number];

export class DreamDecisions {
  readonly #parts: DecisionParts;

  constructor(parts: DecisionParts) {
    this.#parts = parts;
  }

  #now(): string {
    return new Date(this.#parts.clock().ms).toISOString();
  }

  /** Carries out what an earlier engine began and did not live to end, and sweeps. */
  resume(): void {
    const { dreams, stores } = this.#parts;
    for (const writing of dreams.writings.open()) {
      const { store } = dreams.get(writing.dream);
      this.#write(stores.get(store), writing);
    }
    this.sweep();
  }

  /** Drops the branches of dreams that are decided on, but for those that are still mounted. */
  sweep(): void {
    const { dreams, stores } = this.#parts;
    for (const { id, store } of dreams.list(null).filter(isSettled))
      if (isDropped(stores.get(store), id)) dreams.forgetBranch(id);
  }

  /** Throws `conflict` where nothing waits for review, and what `applying` throws. */
  async apply(reference: string, choice: EditChoice, actor: Actor): Promise<DreamOutcome> {
    const { dreams, stores } = this.#parts;
    const dream = this.#waiting(reference);
    const store = stores.writable(dream.store);
    const { id } = dream;
    const reviewedUpTo = dreams.writings.applied(id).at(-1)?.reviewedUpTo ?? null;
    const { notText, ...facts } = await branchFacts(store, dream, dreams.edits.of(id), actor, reviewedUpTo);
    // Nothing is awaited from here on: what was read is what is written over.
    this.#waiting(id);
    const { writing, rejected } = applying(id, dreams.edits.of(id), choice, facts);
    dreams.rejections.add(dream.store, rejected, this.#now());
    const written = this.#write(store, dreams.writings.begin(id, writing, this.#now()));
    const kept = notText.map((path) =>
      leftOut(path, 'not text: dreams apply texts only, copy it into a mount of the store'),
    );
    return { ...written, paths: [...written.paths, ...kept] };
  }

  /** Throws `conflict` where nothing waits for review, and what `rejecting` throws. */
  async reject(reference: string, choice: EditChoice): Promise<DreamOutcome> {
    const { dreams, stores } = this.#parts;
    const { id, store } = this.#waiting(reference);
    const { edits, status, numbers, rejected } = rejecting(id, dreams.edits.of(id), choice);
    dreams.together(() => {
      dreams.rejections.add(store, rejected, this.#now());
      dreams.edits.put(id, edits);
      dreams.setStatus(id, status);
    });
    this.#retire(stores.get(store), id);
    return this.#outcome(id, { rejected: [...numbers] });
  }

  /** Throws `conflict` where nothing is applied. */
  async revert(reference: string, actor: Actor): Promise<DreamOutcome> {
    const { dreams, stores } = this.#parts;
    const { id, status, store: storeId } = dreams.get(reference);
    const writings = dreams.writings.applied(id).reverse();
    if (writings.length === 0)
      throw new MemfsError('conflict', `nothing of the dream ${id} is applied: it is ${status}`, {
        hint: `memfsd dream show ${id}`,
      });
    const store = stores.writable(storeId);
    const paths = writings.flatMap(({ before, after }) => [...before, ...after].map(([path]) => path));
    const planned = reverting(dreams.edits.of(id), writings, textsAt(store, paths), actor);
    const outcome = this.#write(store, dreams.writings.begin(id, planned.writing, this.#now()));
    const kept = planned.leftOut.map(({ path, note }) => leftOut(path, note));
    return { ...outcome, paths: [...outcome.paths, ...kept] };
  }

  #waiting(reference: string): Dream {
    const dream = this.#parts.dreams.get(reference);
    if (dream.status === 'staged') return dream;
    throw new MemfsError(
      'conflict',
      `the dream ${dream.id} is ${dream.status}: nothing of it waits for review`,
      {
        hint: `memfsd dream show ${dream.id}`,
      },
    );
  }

  #write(store: Store, writing: KeptWriting): DreamOutcome {
    const { dream, steps } = writing;
    const left = writeSteps(store, steps);
    const changed = this.#parts.dreams.settle(writing, left);
    this.#retire(store, dream);
    const now = (state: Edit['state']): Edit[] => changed.filter((edit) => edit.state === state);
    return this.#outcome(dream, {
      paths: steps.map((step) => pathOutcome(step, left)),
      applied: now('applied').map(({ n }) => n),
      left_out: now('left_out').map(({ n, note }) => ({ n, reason: note ?? '' })),
      rejected: now('rejected').map(({ n }) => n),
      reviewed: now('applied').flatMap(({ kind, paths }) => (kind === 'review' ? paths : [])),
    });
  }

  #outcome(id: string, facts: Partial<DreamOutcome>): DreamOutcome {
    const { status } = this.#parts.dreams.get(id);
    return { id, status, paths: [], applied: [], left_out: [], rejected: [], reviewed: [], ...facts };
  }

  /** Drops the branch of a dream of which nothing waits any more. */
  #retire(store: Store, id: string): void {
    const { dreams } = this.#parts;
    if (dreams.get(id).status !== 'staged' && isDropped(store, id)) dreams.forgetBranch(id);
  }
}

const isSettled = ({ status, branch }: Dream): boolean =>
  branch !== null && !['staged', 'applying', 'reverting'].includes(status);

/** False: it is mounted. */
function isDropped(store: Store, id: string): boolean {
  try {
    dropBranch(store, id);
    return true;
  } catch (thrown) {
    if (asMemfsError(thrown).code === 'busy') return false;
    throw thrown;
  }
}

const leftOut = (path: string, reason: string): PathOutcome => ({ path, outcome: 'left_out', reason });

function pathOutcome({ step, expected }: WritingStep, left: ReadonlyMap<string, string>): PathOutcome {
  const path = step.op === 'move' ? step.to : step.path;
  const reason = left.get(path) ?? null;
  if (reason !== null) return leftOut(path, reason);
  if (step.op === 'move') return { path, outcome: 'moved', reason: `from ${step.path}` };
  if (step.op === 'remove') return { path, outcome: 'removed', reason: null };
  return { path, outcome: expected === null ? 'created' : 'changed', reason: null };
}
