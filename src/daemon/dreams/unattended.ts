/** What becomes of a dream that a schedule asked for, before anybody looks at it. */
import type { Actor } from '../../core/model.js';
import type { Dream } from '../../dream/dream.js';
import type { Dreams } from '../../dream/dreams.js';
import type { Edit } from '../../dream/edit.js';
import { merged } from '../../dream/review/transplant.js';
import { applicableUnseen } from '../../dream/review/unseen.js';
import { StagedTree } from '../../dream/staged-tree.js';
import type { ScheduleSettings } from '../../dream/triggers/schedule.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Store, StoreView } from '../../vfs/store.js';
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

  /** Of a dream that is staged: applies what the policy lets through, and takes the place of the one before. */
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
    const { policy, max_change_percent, max_change_percent_30_days } = settings;
    const { base } = await branchFacts(store, dream, dreams.edits(id), actorOf(id), null);
    const { contentBytes } = store.statistics();
    const limits = {
      ofDream: (contentBytes * max_change_percent) / 100,
      ofMonth: (contentBytes * max_change_percent_30_days) / 100,
      before: dreams.unseen.bytesSince(dream.store, new Date(clock().ms - monthMs).toISOString()),
    };
    const records = dreams.unseen.reviews(dream.store);
    const { numbers, bytes } = applicableUnseen(dreams.edits(id), base, policy, records, limits);
    if (numbers.size === 0) return;
    const { applied } = await service.apply(id, { edits: [...numbers], except: null }, actorOf(id));
    const isUnseen = ({ n }: Edit): boolean => applied.includes(n);
    const noted = dreams
      .edits(id)
      .filter(isUnseen)
      .map((edit) => ({ ...edit, note: `unseen, as the policy ${policy} lets it` }));
    dreams.together(() => {
      dreams.setEdits(id, noted);
      dreams.unseen.add(id, bytes);
    });
  }

  /** What a reviewer has changed in the earlier one's shadow directory goes on in this one's. */
  async #supersede(earlier: Dream, dream: Dream): Promise<void> {
    const { dreams, service, stores } = this.#parts;
    const store = stores.writable(dream.store);
    if (dream.status === 'staged') await carryOver(store, earlier, dreams.edits(earlier.id), dream);
    dreams.setStatus(earlier.id, 'superseded');
    service.unmounted();
  }
}

const actorOf = (dream: string): Actor => ({ agent: 'dream', session: dream });

/** Where both changed the same lines, the reviewer's memory stands as it was: a person wrote it. */
async function carryOver(store: Store, earlier: Dream, edits: readonly Edit[], dream: Dream): Promise<void> {
  const { base, reviewed, reviewerOf } = await branchFacts(store, earlier, edits, actorOf(earlier.id), null);
  const staged = new StagedTree(base);
  for (const { state, kind, changes } of edits)
    if (state !== 'refused' && kind !== 'review') staged.apply(changes);
  const branch = store.branch(dream.id);
  for (const path of new Set([...staged.paths, ...reviewed.keys()])) {
    const [before, after] = [staged.text(path), reviewed.get(path)];
    if (before !== after) take(branch, path, before, after, reviewerOf(path));
  }
}

function take(
  branch: StoreView,
  path: string,
  before: string | undefined,
  after: string | undefined,
  reviewer: Actor,
): void {
  const present = textOf(branch, path);
  if (after === undefined) {
    if (present !== null) branch.remove(path, reviewer);
    return;
  }
  const text = before === undefined || present === null ? after : (merged(before, present, after) ?? after);
  if (text !== present) branch.write(path, Buffer.from(text), reviewer);
}
