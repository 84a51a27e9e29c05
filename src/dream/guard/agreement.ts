/** Requires that a verification confirms what the memory says, not something else. */

import { factsInLines, isValue, type Said, sameFact } from '../text/facts.js';
import { contentStems } from '../text/words.js';
import { type Exhibit, isWitness } from './exhibits.js';
import { PlainWords } from './plain-words.js';
import type { Statement } from './statements.js';
import { subjectsOf } from './subjects.js';
import type { Rule, Trial } from './trial.js';

/** The share of its words that must be heard of a statement without numbers and names of things. */
const shared = 0.5;

/** A number up to this one is heard by chance where its subject is not named. */
const telling = 99;

export const verificationAgrees: Rule = (trial) => {
  if (trial.edit.kind !== 'verify') return null;
  const witnesses = trial.exhibits.filter(isWitness);
  const sessions = new Set(witnesses.map(({ context }) => context!.event.session));
  const said = trial.exhibits
    .filter(({ context }) => context !== null && sessions.has(context.event.session))
    .map(({ surroundings }) => surroundings)
    .join('\n');
  const heard = {
    words: new PlainWords(said),
    facts: factsInLines(said),
    stems: new Set(contentStems(said)),
  };
  const verified = verifiedBy(trial, witnesses).filter((statement) => agrees(statement, heard, trial));
  if (verified.length === 0) return 'its evidence confirms something else';
  const quotes = witnesses.map(({ evidence }) => factsInLines(evidence.quote));
  const isDenied = verified.every((statement) => quotes.some((facts) => denies(facts, statement)));
  return isDenied ? 'its evidence says something else' : null;
};

interface Heard {
  readonly words: PlainWords;
  readonly facts: readonly Said[];
  readonly stems: ReadonlySet<string>;
}

/**
 * Returns the statements that the edit cites, else those that it replaces; all of the memory, if steps of it
 * were carried out.
 */
function verifiedBy(trial: Trial, witnesses: readonly Exhibit[]): readonly Statement[] {
  const { edit, before, paths, exhibits, statements } = trial;
  const all = paths.flatMap((path) => statements.of(path, before.text(path)));
  if (witnesses.some(({ context }) => context?.event.kind === 'tool_call')) return all;
  const parts = [
    ...exhibits.flatMap(({ memory, evidence }) => (memory === null ? [] : [evidence.quote])),
    ...edit.changes.flatMap((change) => (change.op === 'replace' ? [change.old] : [])),
  ].map((part) => new PlainWords(part));
  const meant = all.filter(({ own, text }) => parts.some((part) => part.has(text) || own.includes(part)));
  return meant.length > 0 ? meant : all;
}

/**
 * Whether a number or an identifier of the statement is heard too; without any, two of its names or most of
 * its words.
 */
function agrees(statement: Statement, { words, facts, stems }: Heard, { isName }: Trial): boolean {
  const values = statement.facts.filter((fact) => isValue(fact) && fact.kind !== 'date');
  const subjects = subjectsOf(statement, isName);
  const isNamed = subjects.length === 0 || subjects.some((name) => words.has(name));
  if (values.length > 0)
    return values.some(({ quantity, ...value }) =>
      quantity === null
        ? words.has(value.value)
        : (isNamed || quantity.amount > telling) &&
          facts.some((fact) => sameFact(fact, { quantity, ...value })),
    );
  const names = statement.facts.filter((fact) => fact.kind === 'name' && isName(fact.value));
  if (names.length > 1) return names.filter(({ value }) => words.has(value)).length > 1;
  const own = [...new Set(contentStems(statement.text))];
  return own.length > 0 && own.filter((stem) => stems.has(stem)).length >= shared * own.length;
}

/** Whether the facts have another number where the statement has one, and not the same one. */
const denies = (facts: readonly Said[], statement: Statement): boolean =>
  statement.facts.some((fact) => {
    const others = facts.filter((other) => isComparable(fact, other));
    return (
      others.length > 0 && !others.some((other) => statement.facts.some((each) => sameFact(each, other)))
    );
  });

const isComparable = ({ quantity: one }: Said, { quantity: other }: Said): boolean =>
  one !== null && other !== null && one.dimension === other.dimension;
