/** Writes the steps of a plan into a store, each if the store still holds what the plan was made for. */
import { createHash } from 'node:crypto';
import { asMemfsError } from '../../core/errors.js';
import type { WritingStep } from '../../dream/review/writing.js';
import type { StoreView } from '../../vfs/store.js';
import { takeStep } from './take-step.js';
import { isFree, textOf } from './view-text.js';

/**
 * Returns why a path was left alone, by path. May be done again after a crash: what is done stays as it is.
 * Synchronous, so that nobody sees, or comes between, a part of it.
 */
export function writeSteps(store: StoreView, steps: readonly WritingStep[]): ReadonlyMap<string, string> {
  const left = new Map<string, string>();
  for (const [at, { step, expected, agent, session }] of steps.entries()) {
    if (isDone(store, steps, at)) continue;
    const { path } = step;
    const present = textOf(store, path);
    const to = step.op === 'move' ? step.to : path;
    if (present !== expected) left.set(to, `${path} has changed meanwhile`);
    else if (step.op !== 'remove' && (step.op === 'move' || present === null) && !isFree(store, to))
      left.set(to, `there is something else at ${to} meanwhile`);
    else
      try {
        takeStep(store, step, { agent, session }, present === null ? undefined : sha256(present));
      } catch (thrown) {
        left.set(to, asMemfsError(thrown).message);
      }
  }
  return left;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whether the step, or a later one at the same path, has left its mark. */
function isDone(store: StoreView, steps: readonly WritingStep[], at: number): boolean {
  const { step, expected } = steps[at]!;
  const present = textOf(store, step.path);
  if (step.op === 'remove') return present === null;
  if (step.op === 'move') return present === null && textOf(store, step.to) !== null;
  if (present === expected) return present === step.text;
  return steps
    .slice(at)
    .some(
      (later) => later.step.op === 'write' && later.step.path === step.path && later.step.text === present,
    );
}
