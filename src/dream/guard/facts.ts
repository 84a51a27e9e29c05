/**
 * Requires that every fact that an edit removes stands elsewhere in the result, of the same thing, or that
 * evidence supersedes it.
 */
import { posix } from 'node:path';
import { maskSecrets } from '../../secrets/mask.js';
import { type Fact, isValue } from '../text/facts.js';
import { personalDataIn } from '../trust/personal-data.js';
import { isIndexEntry, plain, removedStatements } from './removed-statements.js';
import { Result } from './result.js';
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

/**
 * Whether the fact is a number in a heading that repeats the memory's name: "Minutes 7" states nothing of
 * anything.
 */
const isOfName = ({ isHeading, path, text }: Statement, { quantity }: Fact): boolean =>
  isHeading && quantity !== null && plain(text) === plain(posix.basename(path).replace(/\.\w+$/, ''));

/** Whether the fact may be bookkeeping; a number in a heading may be one of its name. */
const isDatable = ({ isHeading }: Statement, { kind }: Fact): boolean => !isHeading || kind === 'date';

const isFact = (fact: Fact, { isName }: Trial): boolean => fact.kind !== 'name' || isName(fact.value);

/** Whether a heading states the fact: its names only tell of what its statements speak. */
const isSaidByHeading = (fact: Fact): boolean =>
  isValue(fact) && (fact.quantity === null || /\d/.test(fact.text));

function withoutPrivate({ text, facts }: Statement): Fact[] {
  const open = personalDataIn(text).reduce((left, datum) => left.replace(datum.text, ''), maskSecrets(text));
  return facts.filter((fact) => open.includes(fact.text));
}
