/** Every fact of what an edit removes stands elsewhere in the result, of the same thing; or evidence supersedes it. */
import { posix } from 'node:path';
import { maskSecrets } from '../../secrets/mask.js';
import { type Fact, isValue, sameFact } from '../text/facts.js';
import { personalDataIn } from '../trust/personal-data.js';
import type { Statement } from './statements.js';
import { Supersession } from './supersession.js';
import { type Rule, shown, type Trial } from './trial.js';

export const noFactIsLost: Rule = (trial) => {
  const result = new Result(trial);
  const supersession = new Supersession(trial);
  for (const statement of removedStatements(trial)) {
    const lost = lostFacts(statement, result, trial);
    const [fact] = lost.filter((each) => !supersession.covers(statement, each));
    if (fact === undefined) continue;
    const reason = supersession.whyNot(statement) ?? 'no evidence supersedes it';
    return `removes "${fact.text}" (${statement.path}: "${shown(statement.text)}"), which stands nowhere else, and ${reason}`;
  }
  return null;
};

/** What was said before and is not said after, in these words, in the same memory or in one that it moved to. */
export function removedStatements({ before, after, paths, statements }: Trial): Statement[] {
  const left = new Set(
    paths.flatMap((path) => statements.of(path, after.text(path)).map(({ text }) => plain(text))),
  );
  return paths
    .flatMap((path) => statements.of(path, before.text(path)))
    .filter(({ text }) => !left.has(plain(text)));
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%$€£+-]+/gu, ' ')
    .trim();

function lostFacts(statement: Statement, result: Result, trial: Trial): Fact[] {
  if (isIndexEntry(statement, trial)) return [];
  const kept = trial.edit.kind === 'redact_secret' ? withoutPrivate(statement) : statement.facts;
  const facts = kept
    .filter((fact) => (statement.isHeading ? isSaidByHeading(fact) : isFact(fact, trial)))
    .filter((fact) => !isOfName(statement, fact))
    .filter((fact) => !(isDatable(statement, fact) && trial.isBookkeeping(statement.path, fact)));
  const values = facts.filter(isValue);
  if (values.length === 0) return facts.length === 0 || result.saysOfAll(statement, facts) ? [] : facts;
  return facts.filter((fact) => (isValue(fact) ? !result.says(statement, fact) : !result.mentions(fact)));
}

/** "Minutes 7" above a memory of that name: the number tells it from others, and is stated of nothing. */
const isOfName = ({ isHeading, path, text }: Statement, { quantity }: Fact): boolean =>
  isHeading && quantity !== null && plain(text) === plain(posix.basename(path).replace(/\.\w+$/, ''));

/** A number in a heading may be one of its name. */
const isDatable = ({ isHeading }: Statement, { kind }: Fact): boolean => !isHeading || kind === 'date';

const isFact = (fact: Fact, { isName }: Trial): boolean => fact.kind !== 'name' || isName(fact.value);

/** A heading says of what, its statements say what. */
const isSaidByHeading = (fact: Fact): boolean =>
  isValue(fact) && (fact.quantity === null || /\d/.test(fact.text));

/** A link to what the edit removes, moves or makes. */
export function isIndexEntry({ path, text }: Statement, { paths, after }: Trial): boolean {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) =>
    posix.resolve(posix.dirname(path), decodeURI(to!.replace(/#.*/, ''))),
  );
  return links.length > 0 && links.every((to) => paths.includes(to) || after.text(to) === undefined);
}

function withoutPrivate({ text, facts }: Statement): Fact[] {
  const open = personalDataIn(text).reduce((left, datum) => left.replace(datum.text, ''), maskSecrets(text));
  return facts.filter((fact) => open.includes(fact.text));
}

/** The tree as it would be. What the edit touches or cites is looked at first. */
class Result {
  readonly #trial: Trial;
  readonly #near: ReadonlySet<string>;

  constructor(trial: Trial) {
    this.#trial = trial;
    const cited = trial.exhibits.flatMap(({ memory }) => (memory === null ? [] : [memory.path]));
    this.#near = new Set([...trial.paths, ...cited]);
  }

  /** Near or in a memory with one of these words. */
  *#statements(words: readonly string[]): Generator<Statement> {
    const { after, statements } = this.#trial;
    for (const path of this.#near) yield* statements.of(path, after.text(path));
    for (const path of after.paths) {
      const text = after.text(path)!;
      const all = `${path} ${text}`.toLowerCase();
      if (!this.#near.has(path) && words.some((word) => all.includes(word))) yield* statements.of(path, text);
    }
  }

  /** The same fact, of the same thing, and not its opposite. */
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

  /** All of these names in one statement, and not its opposite. */
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

/** It has but one spelling, whatever joins it with others. */
const longestWord = (text: string): string =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).toSorted((a, b) => b.length - a.length)[0] ?? '';

/** Names that say of what: with a hyphen if there are such, else any. */
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

/** Whether the other one is about something that the first one never mentions. */
const namesItself = (one: Statement, other: Statement, isName: Trial['isName']): boolean => {
  const subjects = subjectsOf(other, isName);
  return subjects.length > 0 && !subjects.some((name) => one.around.has(name));
};
