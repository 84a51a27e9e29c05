/** Proposes edits without a model and without a network: the same input gives the same edits. */
import { MemfsError } from '../../core/errors.js';
import type { Consolidation, Consolidator, DreamContext } from '../consolidator.js';
import type { ProposedEdit } from '../edit.js';
import type { DreamInput } from '../input.js';
import type { Finder } from './finder.js';

export class LocalConsolidator implements Consolidator {
  readonly #finders: readonly Finder[];

  /** `finders`: fresh ones, in the order in which they may take lines. */
  constructor(finders: readonly Finder[]) {
    this.#finders = finders;
  }

  async consolidate(input: DreamInput, { signal, progress }: DreamContext): Promise<Consolidation> {
    const total = input.sessions.length + this.#finders.length;
    let done = 0;
    const step = async (what: string): Promise<void> => {
      progress(done, total, what);
      done += 1;
      // Lets a cancellation come in.
      await new Promise(setImmediate);
      if (signal.aborted) throw new MemfsError('interrupted', 'the dream was cancelled');
    };
    for (const finder of this.#finders) finder.begin?.(input);
    for (const session of input.sessions) {
      await step(`reading ${session.id}`);
      const events = [...session.events()];
      for (const finder of this.#finders) finder.observe?.(session, events);
    }
    const edits: ProposedEdit[] = [];
    for (const finder of this.#finders) {
      await step(finder.name);
      edits.push(...finder.propose(input, edits));
    }
    return { edits, usage: null, remarks: this.#finders.flatMap((finder) => finder.remarks?.() ?? []) };
  }
}
