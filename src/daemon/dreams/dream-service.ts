/** Dreams as the control API has them. */
import { randomBytes } from 'node:crypto';
import type {
  DreamDetail,
  DreamEvent,
  DreamOutcome,
  DreamRunRequest,
  DreamSummary,
  EditChoice,
} from '../../api/endpoints/dreams.js';
import type { DiffBody } from '../../api/endpoints/history.js';
import { diffBody } from '../../api/render.js';
import { MemfsError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import type { Actor } from '../../core/model.js';
import type { Redaction } from '../../core/removals.js';
import { type Dream, isUnderWay, waitsForReview } from '../../dream/dream.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import { withoutSession } from '../../dream/removed-quotes.js';
import { report } from '../../dream/review/report.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Store } from '../../vfs/store.js';
import type { Catalog } from '../catalog.js';
import type { Stores } from '../stores/stores.js';
import { DreamDecisions } from './dream-decisions.js';
import { DreamRedaction } from './dream-redaction.js';
import type { DreamRunner } from './dream-runner.js';

/** Memories that differ are counted up to this many; more make no difference to a reader. */
const mostMoved = 1_000;

export interface DreamServiceParts {
  readonly dreams: Dreams;
  readonly runner: DreamRunner;
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly clock: Clock;
}

export class EngineDreams {
  readonly #parts: DreamServiceParts;
  readonly #decisions: DreamDecisions;
  readonly #redaction: DreamRedaction;

  constructor(parts: DreamServiceParts) {
    this.#parts = parts;
    this.#decisions = new DreamDecisions(parts);
    this.#redaction = new DreamRedaction(parts.dreams, parts.runner);
  }

  run(reference: string, request: DreamRunRequest, actor: Actor): DreamSummary {
    return this.start(reference, { ...request, schedule: null }, actor.agent);
  }

  /**
   * Creates a dream and begins it. Throws `invalid` for a bad `since`, `busy` while another dream of the
   * store is under way.
   */
  start(reference: string, request: Dream['request'], asked_by: string): DreamSummary {
    const { dreams, runner, stores, clock } = this.#parts;
    const { id: store } = stores.writable(reference);
    if (request.since !== null && Number.isNaN(Date.parse(request.since)))
      throw new MemfsError('invalid', `"${request.since}" is no RFC 3339 time`, {
        hint: 'for example 2026-03-14 or 2026-03-14T09:00:00Z',
      });
    const created_at = new Date(clock().ms).toISOString();
    const dream = dreams.create({ id: newId('dream', randomBytes), store, asked_by, created_at, request });
    runner.add(dream.id);
    return this.#summary(dream);
  }

  async *follow(reference: string): AsyncGenerator<DreamEvent> {
    const { dreams, runner } = this.#parts;
    const { id } = dreams.get(reference);
    for (;;) {
      // Asked for first: what changes while the caller works is not missed.
      const changed = runner.changed();
      if (!isUnderWay(dreams.get(id))) break;
      const progress = runner.progressOf(id);
      if (progress !== null) yield { progress };
      await changed;
    }
    yield { dream: this.show(id) };
  }

  list(reference: string | null): DreamSummary[] {
    const { dreams, catalog } = this.#parts;
    const store = reference === null ? null : catalog.getStore(reference).id;
    return dreams.list(store).map((dream) => this.#summary(dream));
  }

  /** The dreams of all stores that wait for review. */
  waiting(): DreamSummary[] {
    const waiting = this.#parts.dreams.list(null).filter(waitsForReview);
    return waiting.map((dream) => this.#summary(dream));
  }

  show(reference: string): DreamDetail {
    const { dreams } = this.#parts;
    const dream = dreams.get(reference);
    const all = dreams.edits.of(dream.id);
    return {
      ...this.#summary(dream),
      edits: all.filter(({ state }) => state !== 'refused'),
      refused: all.filter(({ state }) => state === 'refused'),
      moved: waitsForReview(dream) ? this.#moved(dream) : null,
    };
  }

  #moved({ store: id, base }: Dream): DreamDetail['moved'] {
    const store = this.#parts.stores.get(id);
    const head = store.seqOf(undefined);
    if (base === null || head === base) return { memories: 0 };
    let memories = 0;
    for (const _ of store.diff(base, undefined)) if (++memories === mostMoved) break;
    return { memories };
  }

  report(reference: string): string {
    const { dreams } = this.#parts;
    const dream = dreams.get(reference);
    const { first_time: firstTime, last_time: lastTime } = dream;
    return report({ ...dream, firstTime, lastTime, edits: dreams.edits.of(dream.id) });
  }

  *diff(reference: string): Generator<DiffBody> {
    const { stores, dreams } = this.#parts;
    const dream = dreams.get(reference);
    const { store, base } = dream;
    const branch = stores.get(store).branch(this.#branchOf(dream));
    for (const entry of branch.diff(base!, undefined)) yield diffBody(entry);
  }

  #branchOf({ id, status, branch }: Dream): string {
    if (branch !== null) return branch;
    throw new MemfsError('not_found', `the dream ${id} is ${status}: there is nothing to review`, {
      hint: `memfsd dream show ${id}`,
    });
  }

  apply(dream: string, choice: EditChoice, actor: Actor): Promise<DreamOutcome> {
    return this.#decisions.apply(dream, choice, actor);
  }

  reject(dream: string, choice: EditChoice): Promise<DreamOutcome> {
    return this.#decisions.reject(dream, choice);
  }

  revert(dream: string, actor: Actor): Promise<DreamOutcome> {
    return this.#decisions.revert(dream, actor);
  }

  /** Goes on with what an earlier engine did not end. */
  resume(): void {
    this.#decisions.resume();
    this.#parts.runner.resume();
    for (const { store } of this.#parts.dreams.list(null).filter(waitsForReview))
      void this.#redaction.restage(this.#parts.stores.get(store)).catch(() => {});
  }

  redact(store: Store, versions: readonly string[], actor: Actor): Promise<Redaction> {
    return this.#redaction.redact(store, versions, actor);
  }

  /** Sweeps branches when a mount is gone. */
  unmounted(): void {
    this.#decisions.sweep();
  }

  /** Takes the quotes of a deleted session out of all edits. */
  forgetSession(session: string): void {
    this.#parts.dreams.rewrite(null, (edit) => withoutSession(edit, session));
  }

  forgetStore(store: string): void {
    const { dreams, runner } = this.#parts;
    for (const { id, status } of dreams.list(store))
      if (status === 'pending' || status === 'running') runner.cancel(id);
    dreams.deleteStore(store);
  }

  cancel(reference: string): DreamSummary {
    const { dreams, runner } = this.#parts;
    const { id } = dreams.get(reference);
    runner.cancel(id);
    return this.#summary(dreams.get(id));
  }

  #summary(dream: Dream): DreamSummary {
    const { dreams, runner, catalog } = this.#parts;
    const counts = dreams.edits.counts(dream.id);
    const store_name = catalog.getStore(dream.store).name;
    return { ...dream, store_name, progress: runner.progressOf(dream.id), counts };
  }
}
