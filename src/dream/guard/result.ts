import { type Fact, sameFact } from '../text/facts.js';
import { plainWords } from '../text/words.js';
import type { Statement } from './statements.js';
import { subjectsOf } from './subjects.js';
import type { Trial } from './trial.js';

/** Searches the tree as the edit would leave it. Memories that the edit touches or cites come first. */
export class Result {
  readonly #trial: Trial;
  readonly #near: ReadonlySet<string>;

  constructor(trial: Trial) {
    this.#trial = trial;
    const cited = trial.exhibits.flatMap(({ memory }) => (memory === null ? [] : [memory.path]));
    this.#near = new Set([...trial.paths, ...cited]);
  }

  /** The statements near the edit, and of all memories that have one of the words. */
  *#statements(words: readonly string[]): Generator<Statement> {
    const { after, statements } = this.#trial;
    for (const path of this.#near) yield* statements.of(path, after.text(path));
    for (const path of after.paths) {
      const text = after.text(path)!;
      const all = `${path} ${text}`.toLowerCase();
      if (!this.#near.has(path) && words.some((word) => all.includes(word))) yield* statements.of(path, text);
    }
  }

  /** Whether a statement states the same fact of the same thing with the same polarity. */
  says(statement: Statement, fact: Fact): boolean {
    const { isName } = this.#trial;
    const hasNumber = statement.facts.some(({ quantity }) => quantity !== null);
    const subjects = subjectsOf(statement, isName, fact);
    for (const other of this.#statements((subjects.length > 0 ? subjects : [fact.text]).map(longestWord)))
      if (
        other.facts.some((each) => sameFact(each, fact)) &&
        isOfSame(statement, other, fact, isName) &&
        (hasNumber || other.isNegated === statement.isNegated)
      )
        return true;
    return false;
  }

  /** Whether one statement has all of these names, with the same polarity. */
  saysOfAll(statement: Statement, facts: readonly Fact[]): boolean {
    for (const other of this.#statements([longestWord(facts[0]!.value)]))
      if (
        !other.isHeading &&
        facts.every(({ value }) => other.around.has(value)) &&
        other.isNegated === statement.isNegated
      )
        return true;
    return false;
  }

  mentions({ value }: Fact): boolean {
    for (const other of this.#statements([longestWord(value)])) if (other.own.has(value)) return true;
    return false;
  }
}

/** The longest word of a text: it has but one spelling, whatever joins it with others. */
const longestWord = (text: string): string =>
  plainWords(text).toSorted((a, b) => b.length - a.length)[0] ?? '';

function isOfSame(one: Statement, other: Statement, fact: Fact, isName: Trial['isName']): boolean {
  const environments = (statement: Statement): string =>
    [...new Set(statement.facts.filter(({ kind }) => kind === 'environment').map(({ value }) => value))]
      .sort()
      .join();
  const [mine, theirs] = [environments(one), environments(other)];
  if (mine !== '' && theirs !== mine && !mine.split(',').every((name) => other.around.has(name)))
    return false;
  const subjects = subjectsOf(one, isName, fact);
  if (subjects.length > 0) return subjects.some((name) => other.around.has(name));
  // It names nothing itself: what stands around it does, or nothing does.
  return (
    one.path === other.path ||
    other.around.has(one.path.replace(/^.*\//, '').replace(/\.\w+$/, '')) ||
    !namesItself(one, other, isName)
  );
}

/** Whether the other statement is about something that the first one never mentions. */
const namesItself = (one: Statement, other: Statement, isName: Trial['isName']): boolean => {
  const subjects = subjectsOf(other, isName);
  return subjects.length > 0 && !subjects.some((name) => one.around.has(name));
};
