/** Settles a dream that a schedule asked for, before anybody looks at it. */
import type { Actor } from '../../core/model.js';
import type { Dream } from '../../dream/dream.js';
import type { Edit } from '../../dream/edit.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import { carriedOver, reviewerChanges } from '../../dream/review/carry-over.js';
import { applicableUnseen, unseenLimits } from '../../dream/review/unseen.js';
import type { ScheduleSettings } from '../../dream/triggers/schedule.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Store } from '../../vfs/store.js';
import type { Stores } from '../stores/stores.js';
import type { EngineDreams } from './dream-service.js';
import { branchFacts } from './review-facts.js';
import { textOf } from './view-text.js';

const monthMs = 30 * 24 * 3_600_000;

export interface UnattendedParts {
  readonly dreams: Dreams;
  readonly service: EngineDreams;
  readonly stores: Stores;
  readonly clock: Clock;
}

export class Unattended {
  readonly #parts: UnattendedParts;

  constructor(parts: UnattendedParts) {
    this.#parts = parts;
  }

  /**
   * Applies what the policy lets through of a staged dream, and puts the dream in the place of the one
   * before.
   */
  async settle(dream: Dream, settings: ScheduleSettings): Promise<void> {
    if (settings.policy !== 'manual') await this.#applyUnseen(dream, settings);
    const { dreams } = this.#parts;
    for (const earlier of dreams.list(dream.store))
      if (earlier.id !== dream.id && earlier.status === 'staged' && earlier.request.schedule !== null)
        await this.#supersede(earlier, dreams.get(dream.id));
  }

  async #applyUnseen(dream: Dream, settings: ScheduleSettings): Promise<void> {
    const { dreams, service, stores, clock } = this.#parts;
    const { id } = dream;
    const store = stores.get(dream.store);
    const { policy } = settings;
    const { base } = await branchFacts(store, dream, dreams.edits.of(id), actorOf(id), null);
    const { contentBytes } = store.statistics();
    const before = dreams.unseen.bytesSince(dream.store, new Date(clock().ms - monthMs).toISOString());
    const limits = unseenLimits(settings, contentBytes, before);
    const records = dreams.unseen.reviews(dream.store);
    const { numbers, bytes } = applicableUnseen(dreams.edits.of(id), base, policy, records, limits);
    if (numbers.size === 0) return;
    const { applied } = await service.apply(id, { edits: [...numbers], except: null }, actorOf(id));
    const isUnseen = ({ n }: Edit): boolean => applied.includes(n);
    const noted = dreams.edits
      .of(id)
      .filter(isUnseen)
      .map((edit) => ({ ...edit, note: `unseen, as the policy ${policy} lets it` }));
    dreams.together(() => {
      dreams.edits.put(id, noted);
      dreams.unseen.add(id, bytes);
    });
  }

  /** Ends an earlier dream in favour of this one; a reviewer's changes go on on the new branch. */
  async #supersede(earlier: Dream, dream: Dream): Promise<void> {
    const { dreams, service, stores } = this.#parts;
    const store = stores.writable(dream.store);
    if (dream.status === 'staged') await carryOver(store, earlier, dreams.edits.of(earlier.id), dream);
    dreams.setStatus(earlier.id, 'superseded');
    service.unmounted();
  }
}

const actorOf = (dream: string): Actor => ({ agent: 'dream', session: dream });

async function carryOver(store: Store, earlier: Dream, edits: readonly Edit[], dream: Dream): Promise<void> {
  const { base, reviewed, reviewerOf } = await branchFacts(store, earlier, edits, actorOf(earlier.id), null);
  const branch = store.branch(dream.id);
  for (const change of reviewerChanges(base, reviewed, edits)) {
    const { path } = change;
    const step = carriedOver(change, textOf(branch, path));
    if (step?.op === 'remove') branch.remove(path, reviewerOf(path));
    else if (step !== null) branch.write(path, Buffer.from(step.text), reviewerOf(path));
  }
}
