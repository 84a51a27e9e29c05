/** Carries an edit out in a tree other than the one that it was made for. */
import { mergeLines } from '../../vfs/merge.js';
import type { Change } from '../edit.js';
import { StagedTree } from '../staged-tree.js';

/** Tells a person why it cannot be done; null: it can. */
export type Obstacle = string | null;

/**
 * Carries out all changes of an edit or none. `home`: the tree that they were made for, in which they are
 * carried out too. `tree`: the one that matters. `unchanged`: whether nobody but the dream has changed that
 * memory of `tree`.
 */
export function transplant(
  changes: readonly Change[],
  home: StagedTree,
  tree: StagedTree,
  unchanged: (path: string) => boolean,
): Obstacle {
  const [homeTrial, trial] = [home.copy(), tree.copy()];
  for (const change of changes) {
    const before = homeTrial.text(change.path);
    homeTrial.apply([change]);
    const obstacle = transplantOne(change, before, homeTrial.text(change.path), trial, unchanged);
    if (obstacle !== null) return obstacle;
  }
  home.apply(changes);
  tree.adopt(trial);
  return null;
}

function transplantOne(
  change: Change,
  before: string | undefined,
  after: string | undefined,
  tree: StagedTree,
  unchanged: (path: string) => boolean,
): Obstacle {
  const { op, path } = change;
  const present = tree.text(path);
  if (op === 'create') {
    if (present === change.text) return null;
    if (present !== undefined) return `there is another memory at ${path} now`;
    tree.apply([change]);
    return null;
  }
  if (present === undefined) return `${path} is not there`;
  if (op === 'move') {
    if (tree.text(change.to) !== undefined) return `there is a memory at ${change.to} already`;
    tree.apply([change]);
    return null;
  }
  if (op === 'remove') {
    if (present !== before && !unchanged(path)) return `${path} has changed`;
    tree.apply([change]);
    return null;
  }
  if (present === before || op === 'append') {
    tree.apply([change]);
    return null;
  }
  const text = merged(before!, present, after!) ?? atSamePlace(change, before!, present);
  if (text === null) return `${path} has changed at the same place`;
  tree.put(path, text);
  return null;
}

/** The text with the changes of both sides; null: they changed the same lines. */
export const merged = (base: string, mine: string, theirs: string): string | null =>
  mergeLines(Buffer.from(base), Buffer.from(mine), Buffer.from(theirs))?.toString() ?? null;

/**
 * Replaces `old` where lines beside it have changed: if it stands there as often as before, it is the same
 * place.
 */
function atSamePlace({ old, new: by, line }: Change & { op: 'replace' }, before: string, present: string) {
  const places = placesOf(old, before);
  const now = placesOf(old, present);
  if (places.length !== now.length) return null;
  const tree = new StagedTree([['/', before]]);
  tree.apply([{ op: 'replace', path: '/', old, new: by, line }]);
  const changed = tree.text('/')!;
  const which = places.findIndex(
    (at) => before.slice(0, at) + by + before.slice(at + old.length) === changed,
  );
  const at = now[which]!;
  return present.slice(0, at) + by + present.slice(at + old.length);
}

function placesOf(part: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) places.push(at);
  return places;
}
