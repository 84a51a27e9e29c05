/** Chooses the edits that a policy applies without a person. */
import type { Edit, EditKind } from '../edit.js';
import { removedBytes } from '../removed-bytes.js';
import { StagedTree } from '../staged-tree.js';
import type { ApplyPolicy, ScheduleSettings } from '../triggers/schedule.js';
import type { Texts } from './plan.js';

/** Counts edits of one kind in a store that a person judged, and those of them that were accepted. */
export interface ReviewRecord {
  readonly judged: number;
  readonly accepted: number;
}

/**
 * The number of edits that a person must have judged, and the share accepted, before a kind is applied
 * unseen.
 */
export const trust = { judged: 20, accepted: 0.95 };

/** Kinds that are never safe: nothing else would show that they are wrong. */
const neverSafe: readonly EditKind[] = [
  'note_pattern',
  'remove_stale',
  'resolve_contradiction',
  'reorganise',
];

/**
 * `safe` applies what the guard proved: merges that say the same, and verifications by a user or a live
 * check. `auto` also applies kinds that people have nearly always accepted, unless tools or others alone say
 * so.
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

/**
 * Whether no person and no memory says so: a tool's or somebody else's word alone always needs a person's.
 */
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

/**
 * `storeBytes`: the bytes of all memories; `before`: bytes that were changed unseen in the 30 days before.
 */
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

/** Returns the numbers of the edits that may be applied, in their order, as long as the limits last. */
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

/** The bytes of lines that go or come. */
const changedBytes = (before: StagedTree, after: StagedTree, paths: readonly string[]): number =>
  removedBytes(before, after, paths) + removedBytes(after, before, paths);
