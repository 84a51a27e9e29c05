import type { Fact } from '../text/facts.js';
import type { Statement } from './statements.js';
import type { Trial } from './trial.js';

/** The names that a statement is about: those with a hyphen if there are any, else all. */
export function subjectsOf(
  { facts }: Statement,
  isName: Trial['isName'],
  besides: Fact | null = null,
): string[] {
  const names = facts
    .filter((fact) => fact.kind === 'name' && fact !== besides && isName(fact.value))
    .map(({ value }) => value);
  const hyphenated = names.filter((name) => name.includes('-'));
  return hyphenated.length > 0 ? hyphenated : names;
}
