/** What a reviewer, or a policy, decides on a dream: apply, reject, revert. */
import type { DreamOutcome, EditChoice } from '../../api/endpoints/dreams.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { Dream, DreamStatus } from '../../dream/dream.js';
import type { Dreams } from '../../dream/dreams.js';
import type { Edit } from '../../dream/edit.js';
import { fingerprint } from '../../dream/review/fingerprint.js';
import type { KeptWriting, Writing } from '../../dream/writings.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Store } from '../../vfs/store.js';
import type { Stores } from '../stores/stores.js';
import { planApplying, planReverting } from './plan-writing.js';
import { branchFacts, textsAt } from './review-facts.js';
import { dropBranch } from './stage.js';
import { writeSteps } from './write-steps.js';

export interface DecisionParts {
  readonly dreams: Dreams;
  readonly stores: Stores;
  readonly clock: Clock;
}

export class DreamDecisions {
  readonly #parts: DecisionParts;

  constructor(parts: DecisionParts) {
    this.#parts = parts;
  }

  #now(): string {
    return new Date(this.#parts.clock().ms).toISOString();
  }

  /** What an engine began and did not live to end; branches that are looked at no more. */
  resume(): void {
    const { dreams, stores } = this.#parts;
    for (const writing of dreams.writings.open()) {
      const { store } = dreams.get(writing.dream);
      this.#write(stores.get(store), writing);
    }
    this.sweep();
  }

  /** A branch that was mounted when it was decided on goes once it is not. */
  sweep(): void {
    const { dreams, stores } = this.#parts;
    for (const { id, store } of dreams.list(null).filter(isSettled))
      if (isDropped(stores.get(store), id)) dreams.forgetBranch(id);
  }

  async apply(reference: string, choice: EditChoice, actor: Actor): Promise<DreamOutcome> {
    const { dreams, stores } = this.#parts;
    const dream = this.#waiting(reference);
    const store = stores.writable(dream.store);
    const { id } = dream;
    const reviewedUpTo = dreams.writings.applied(id).at(-1)?.reviewedUpTo ?? null;
    const facts = await branchFacts(store, dream, dreams.edits(id), actor, reviewedUpTo);
    // Nothing is awaited from here on: what was read is what is written over.
    this.#waiting(id);
    const edits = dreams.edits(id);
    const named = new Set(choice.edits ?? choice.except ?? []);
    refuseUnknown(id, edits, named);
    const chosen = edits.filter(({ n, state }) => state === 'staged' && wants(choice, n));
    const planned = planApplying({ ...facts, edits, chosen: new Set(chosen.map(({ n }) => n)) });
    const decided = planned.edits.map(
      (edit): Edit =>
        edit.state === 'staged' && choice.except !== null ? { ...edit, state: 'rejected' } : edit,
    );
    const rejected = decided.filter(({ state, n }) => state === 'rejected' && named.has(n));
    const outcome = { edits: decided, status: statusOf(decided), reviewedUpTo: facts.newest };
    const writing: Writing = { kind: 'apply', ...planned, ...outcome };
    dreams.reject(dream.store, rejected.map(fingerprint), this.#now());
    const written = this.#write(store, dreams.writings.begin(id, writing, this.#now()));
    const kept = facts.notText.map((path) => ({ path, outcome: 'left_out' as const, reason: notText }));
    return { ...written, paths: [...written.paths, ...kept] };
  }

  async reject(reference: string, choice: EditChoice): Promise<DreamOutcome> {
    const { dreams, stores } = this.#parts;
    const { id, store } = this.#waiting(reference);
    const edits = dreams.edits(id);
    refuseUnknown(id, edits, new Set(choice.edits ?? choice.except ?? []));
    const decided = edits.map(
      (edit): Edit =>
        edit.state === 'staged' && wants(choice, edit.n) ? { ...edit, state: 'rejected' } : edit,
    );
    const rejected = decided.filter((edit, at) => edit !== edits[at]);
    dreams.together(() => {
      dreams.reject(store, rejected.map(fingerprint), this.#now());
      dreams.setEdits(id, decided);
      dreams.setStatus(id, statusOf(decided));
    });
    this.#retire(stores.get(store), id);
    return this.#outcome(id, { rejected: rejected.map(({ n }) => n) });
  }

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
    const { leftOut, ...planned } = planReverting({ writings, head: textsAt(store, paths), actor });
    const edits = dreams.edits(id).map((edit): Edit => {
      if (edit.state === 'applied') return { ...edit, state: 'reverted' };
      return edit.state === 'staged' ? { ...edit, state: 'left_out', note: 'the dream was reverted' } : edit;
    });
    const writing: Writing = {
      kind: 'revert',
      ...planned,
      edits,
      status: 'reverted',
      reviewedUpTo: null,
    };
    const outcome = this.#write(store, dreams.writings.begin(id, writing, this.#now()));
    const kept = leftOut.map(({ path, note }) => ({ path, outcome: 'left_out' as const, reason: note }));
    return { ...outcome, paths: [...outcome.paths, ...kept] };
  }

  /** A dream of which something waits. */
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
    const { dreams } = this.#parts;
    const { dream, steps, kind } = writing;
    const left = writeSteps(store, steps);
    const edits = writing.edits.map((edit) => withFailures(edit, left, kind));
    const status = kind === 'apply' ? statusOf(edits) : writing.status;
    const before = new Map(dreams.edits(dream).map((edit) => [edit.n, edit.state]));
    dreams.together(() => {
      dreams.writings.end(writing);
      dreams.setEdits(dream, edits);
      dreams.setStatus(dream, status);
    });
    this.#retire(store, dream);
    const changed = edits.filter(({ n, state }) => before.get(n) !== state);
    const now = (state: Edit['state']): Edit[] => changed.filter((edit) => edit.state === state);
    return this.#outcome(dream, {
      paths: steps.map(({ step, expected }) => pathOutcome(step, expected, left)),
      applied: now('applied').map(({ n }) => n),
      left_out: now('left_out').map(({ n, note }) => ({ n, reason: note ?? '' })),
      rejected: now('rejected').map(({ n }) => n),
      reviewed: now('applied').flatMap(({ kind: of, paths }) => (of === 'review' ? paths : [])),
    });
  }

  #outcome(id: string, facts: Partial<DreamOutcome>): DreamOutcome {
    const { status } = this.#parts.dreams.get(id);
    return { id, status, paths: [], applied: [], left_out: [], rejected: [], reviewed: [], ...facts };
  }

  /** There is nothing on it any more that somebody could want. */
  #retire(store: Store, id: string): void {
    const { dreams } = this.#parts;
    if (dreams.get(id).status !== 'staged' && isDropped(store, id)) dreams.forgetBranch(id);
  }
}

const notText = 'not text: dreams apply texts only, copy it into a mount of the store';

const wants = ({ edits, except }: EditChoice, n: number): boolean =>
  edits === null ? except === null || !except.includes(n) : edits.includes(n);

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

function refuseUnknown(id: string, edits: readonly Edit[], named: ReadonlySet<number>): void {
  for (const n of named) {
    const edit = edits.find((each) => each.n === n);
    if (edit?.state === 'staged') continue;
    const what = edit === undefined ? `has no edit ${n}` : `: edit ${n} is ${edit.state.replace('_', ' ')}`;
    throw new MemfsError(edit === undefined ? 'not_found' : 'conflict', `the dream ${id} ${what}`, {
      hint: `memfsd dream show ${id}`,
    });
  }
}

/** As its edits are. */
function statusOf(edits: readonly Edit[]): DreamStatus {
  const states = new Set(edits.map(({ state }) => state));
  if (states.has('staged')) return 'staged';
  const isPartly = states.has('left_out') || states.has('rejected');
  if (!states.has('applied')) return states.has('left_out') ? 'partly_applied' : 'rejected';
  return isPartly ? 'partly_applied' : 'applied';
}

/** Of an edit that came to be applied just now, but whose memory could not be written. */
function withFailures(edit: Edit, left: ReadonlyMap<string, string>, kind: Writing['kind']): Edit {
  const path = edit.paths.find((each) => left.has(each));
  if (kind !== 'apply' || edit.state !== 'applied' || path === undefined) return edit;
  return { ...edit, state: 'left_out', note: left.get(path)! };
}

function pathOutcome(
  step: Writing['steps'][number]['step'],
  expected: string | null,
  left: ReadonlyMap<string, string>,
): DreamOutcome['paths'][number] {
  const path = step.op === 'move' ? step.to : step.path;
  const reason = left.get(path) ?? null;
  if (reason !== null) return { path, outcome: 'left_out', reason };
  if (step.op === 'move') return { path, outcome: 'moved', reason: `from ${step.path}` };
  if (step.op === 'remove') return { path, outcome: 'removed', reason: null };
  return { path, outcome: expected === null ? 'created' : 'changed', reason: null };
}
