/** Tells edits that need no person to be believed. */
import { contentStems } from '../text/words.js';
import { isWitness } from './exhibits.js';
import { removedStatements } from './removed-statements.js';
import type { Statement } from './statements.js';
import { addedLines, type Trial } from './trial.js';

/**
 * Whether the edit is a verification by a user or a live system that adds nothing but itself, or a merge in
 * which every statement that goes says, but for order, endings and small words, what another one says that
 * stays.
 */
export function isProvable(trial: Trial): boolean {
  const removed = removedStatements(trial);
  if (trial.edit.kind === 'verify') {
    const seen = trial.exhibits.some((each) => isWitness(each) && each.source !== 'external');
    return seen && removed.length === 0 && addedLines(trial).filter((line) => line.trim() !== '').length <= 1;
  }
  if (trial.edit.kind !== 'merge_duplicates') return false;
  const cited = trial.exhibits.flatMap(({ memory }) => (memory === null ? [] : [memory.path]));
  const left = new Set(
    [...trial.paths, ...cited].flatMap((path) =>
      trial.statements.of(path, trial.after.text(path)).map(meaningOf),
    ),
  );
  return removed.every((statement) => left.has(meaningOf(statement)));
}

const meaningOf = ({ text, facts, isNegated }: Statement): string =>
  JSON.stringify([
    isNegated,
    [
      ...new Set(
        facts.map(
          ({ kind, value, quantity }) => `${kind} ${quantity === null ? value : value.replace(/#.*/, '')}`,
        ),
      ),
    ].sort(),
    [...new Set(contentStems(text))].sort(),
  ]);
