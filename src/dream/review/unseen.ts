/** Which edits a policy applies without a person. */
import type { Edit, EditKind } from '../edit.js';
import { removedBytes } from '../removed-bytes.js';
import { StagedTree } from '../staged-tree.js';
import type { ApplyPolicy, ScheduleSettings } from '../triggers/schedule.js';
import type { Texts } from './plan.js';

/** Of edits of one kind in this store: how many a person judged, and how many of them were accepted. */
export interface ReviewRecord {
  readonly judged: number;
  readonly accepted: number;
}

/** So many must a person have judged, and so many of them accepted, before a kind is applied unseen. */
export const trust = { judged: 20, accepted: 0.95 };

/** Nothing else would show that they are wrong. */
const neverSafe: readonly EditKind[] = [
  'note_pattern',
  'remove_stale',
  'resolve_contradiction',
  'reorganise',
];

/**
 * `safe`: what the guard proved, which are merges that say the same and verifications by a user or a live check.
 * `auto`: also kinds that people have nearly always accepted, unless tools or others alone say so.
 */
export function mayApplyUnseen(
  edit: Edit,
  policy: ApplyPolicy,
  records: ReadonlyMap<EditKind, ReviewRecord>,
): boolean {
  if (policy === 'manual' || edit.state !== 'staged' || edit.kind === 'review') return false;
  if (edit.provable && !neverSafe.includes(edit.kind)) return true;
  if (policy === 'safe' || restsOnTools(edit)) return false;
  const { judged, accepted } = records.get(edit.kind) ?? { judged: 0, accepted: 0 };
  return judged >= trust.judged && accepted >= trust.accepted * judged;
}

/** A tool's or somebody else's word alone always needs a person's. */
const restsOnTools = ({ sources }: Edit): boolean =>
  sources.some((source) => source === 'live' || source === 'external') &&
  !sources.some((source) => source === 'user' || source === 'memory');

export interface UnseenLimits {
  /** Bytes that one dream may change unseen, and all dreams of 30 days. */
  readonly ofDream: number;
  readonly ofMonth: number;
  /** Bytes that were changed unseen in the 30 days before. */
  readonly before: number;
}

/** `storeBytes`: of all memories; `before`: changed unseen in the 30 days before. */
export const unseenLimits = (
  {
    max_change_percent,
    max_change_percent_30_days,
  }: Pick<ScheduleSettings, 'max_change_percent' | 'max_change_percent_30_days'>,
  storeBytes: number,
  before: number,
): UnseenLimits => ({
  ofDream: (storeBytes * max_change_percent) / 100,
  ofMonth: (storeBytes * max_change_percent_30_days) / 100,
  before,
});

/** The numbers of those that may be, in their order, as long as the limit lasts. */
export function applicableUnseen(
  edits: readonly Edit[],
  base: Texts,
  policy: ApplyPolicy,
  records: ReadonlyMap<EditKind, ReviewRecord>,
  limits: UnseenLimits,
): { readonly numbers: ReadonlySet<number>; readonly bytes: number } {
  const tree = new StagedTree(base);
  const numbers = new Set<number>();
  let bytes = 0;
  for (const edit of edits.filter(({ state }) => state === 'staged')) {
    const after = tree.copy();
    after.apply(edit.changes);
    const changed = changedBytes(tree, after, edit.paths);
    const left = Math.min(limits.ofDream, limits.ofMonth - limits.before) - bytes;
    if (mayApplyUnseen(edit, policy, records) && changed <= left) {
      numbers.add(edit.n);
      bytes += changed;
    }
    tree.adopt(after);
  }
  return { numbers, bytes };
}

/** Of lines that go or come. */
const changedBytes = (before: StagedTree, after: StagedTree, paths: readonly string[]): number =>
  removedBytes(before, after, paths) + removedBytes(after, before, paths);
