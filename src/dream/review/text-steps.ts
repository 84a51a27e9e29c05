/** Steps on texts by path, and what each of them finds. */
import type { Actor } from '../../core/model.js';
import type { TreeStep } from '../tree-steps.js';
import type { Texts } from './plan.js';
import type { WritingStep } from './writing.js';

/** Returns the texts as they are when all steps are taken. */
export function afterSteps(head: Texts, steps: readonly TreeStep[]): Texts {
  const texts = new Map(head);
  for (const step of steps) take(texts, step);
  return texts;
}

/**
 * Each step with the text that it finds at its path when those before it are done, and with who is named for
 * it.
 */
export function expecting(
  head: Texts,
  steps: readonly TreeStep[],
  actorOf: (path: string) => Actor,
): WritingStep[] {
  const texts = new Map(head);
  return steps.map((step) => {
    const { agent, session } = actorOf(step.path);
    const expected = texts.get(step.path) ?? null;
    take(texts, step);
    return { step, expected, agent, session };
  });
}

/** Steps that make `to` of `from`, sorted by path. */
export function difference(from: Texts, to: Texts): TreeStep[] {
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths.flatMap((path): TreeStep[] => {
    const text = to.get(path);
    if (text === from.get(path)) return [];
    return text === undefined ? [{ op: 'remove', path }] : [{ op: 'write', path, text }];
  });
}

function take(texts: Map<string, string>, step: TreeStep): void {
  if (step.op === 'write') {
    texts.set(step.path, step.text);
    return;
  }
  const text = texts.get(step.path);
  texts.delete(step.path);
  if (step.op === 'move' && text !== undefined) texts.set(step.to, text);
}
