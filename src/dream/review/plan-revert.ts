/** Takes back what applying a dream did to main. */
import { StagedTree } from '../staged-tree.js';
import { Origins, type Plan, type Texts } from './plan.js';
import { merged } from './transplant.js';

export interface RevertRequest {
  /**
   * The memories that the dream changed, made, moved or removed, as main held them before and after it was
   * applied.
   */
  readonly before: Texts;
  readonly after: Texts;
  /** Main as it is now. */
  readonly head: Texts;
  /** The dream's moves. */
  readonly moved: readonly { readonly path: string; readonly to: string }[];
}

export interface RevertPlan extends Plan {
  /** Memories that are not restored, and why, one sentence each. */
  readonly leftOut: readonly { readonly path: string; readonly note: string }[];
}

export function planRevert({ before, after, head, moved }: RevertRequest): RevertPlan {
  const result = new StagedTree(head);
  const origins = new Origins(head);
  const leftOut: { path: string; note: string }[] = [];
  const done = new Set<string>();
  for (const { path, to } of moved.toReversed()) {
    done.add(path).add(to);
    const note = movedBack(path, to, { before, after, result });
    if (note !== null) leftOut.push({ path: to, note });
    else origins.move(to, path);
  }
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    if (done.has(path) || before.get(path) === after.get(path)) continue;
    const note = restored(path, before.get(path), after.get(path), result);
    if (note !== null) leftOut.push({ path, note });
    else if (result.text(path) === undefined) origins.remove(path);
  }
  return { ...origins.plan(head, result), leftOut };
}

/** Moves a memory back in `result`. Returns why it cannot be; null: it is moved. */
function movedBack(
  path: string,
  to: string,
  { before, after, result }: { before: Texts; after: Texts; result: StagedTree },
): string | null {
  const [old, made, present] = [before.get(path), after.get(to), result.text(to)];
  if (old === undefined || made === undefined) return `what it held at ${path} is not known`;
  if (present === undefined) return `${to} is not there any more`;
  if (result.text(path) !== undefined) return `there is another memory at ${path} now`;
  const text = present === made ? old : merged(made, present, old);
  if (text === null) return `${to} has been changed since, at the same place`;
  result.apply([{ op: 'move', path: to, to: path }]);
  result.put(path, text);
  return null;
}

function restored(
  path: string,
  before: string | undefined,
  after: string | undefined,
  result: StagedTree,
): string | null {
  const present = result.text(path);
  if (present === before) return null;
  if (present === after) {
    if (before === undefined) result.apply([{ op: 'remove', path }]);
    else result.put(path, before);
    return null;
  }
  if (before === undefined) return `${path}, which the dream made, has been changed since`;
  if (after === undefined) return `there is another memory at ${path} now`;
  if (present === undefined) return `${path} has been removed since`;
  const text = merged(after, present, before);
  if (text === null) return `${path} has been changed since, at the same place`;
  result.put(path, text);
  return null;
}
