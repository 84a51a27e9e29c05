/** Nothing moves to readers who may not see it where it comes from. */
import { type Scope, ScopeMatcher } from '../../core/scope.js';
import { factsInLines, isValue } from '../text/facts.js';
import { Phrases } from '../trust/phrases.js';
import { addedLines, type Rule, shown, type Trial } from './trial.js';

/** Of the words of a new line, the share that may stand in another store by chance. */
const copied = 0.6;

/** What a session read in another store stays there, unless this store or somebody else says it too. */
export function nothingComesFromOtherStores(input: Trial['input']): Rule {
  const others = input.reads.filter(({ store }) => store !== input.store).map(({ text }) => text);
  if (others.length === 0) return () => null;
  const read = new Phrases();
  for (const text of new Set(others)) read.add(text);
  const valuesRead = valuesOf(others.join('\n'));
  const own = input.memories.map(({ text }) => text).join('\n');
  const valuesOwn = valuesOf(own);
  return (trial) => {
    const independent = trial.exhibits
      .filter(({ isEcho, source, memory }) => !isEcho && memory === null && source !== 'agent')
      .map(({ evidence }) => evidence.quote)
      .join('\n');
    const said = valuesOf(independent);
    for (const line of addedLines(trial)) {
      const foreign = [...valuesOf(line)].find(
        (value) => valuesRead.has(value) && !valuesOwn.has(value) && !said.has(value),
      );
      if (foreign !== undefined) return `"${shown(line)}" has ${foreign} from another store`;
      if (
        read.containment(line) >= copied &&
        !own.includes(line.trim()) &&
        !independent.includes(line.trim())
      )
        return `"${shown(line)}" was read in another store`;
    }
    return null;
  };
}

const valuesOf = (text: string): Set<string> =>
  new Set(
    factsInLines(text)
      .filter((fact) => isValue(fact) || fact.kind === 'name')
      // A small number stands anywhere.
      .filter(
        ({ quantity }) =>
          quantity === null || (quantity.dimension !== null ? quantity.amount > 12 : quantity.amount > 99),
      )
      .map(({ value }) => value),
  );

/** Whoever may read the place where it goes must be allowed to read every place that it comes from. */
export function nothingLeavesItsScope(scopes: readonly Scope[]): Rule {
  const matchers = scopes.map((scope) => new ScopeMatcher(scope)).filter(({ isWhole }) => !isWhole);
  const canSee = (matcher: ScopeMatcher, path: string): boolean =>
    matcher.access(Buffer.from(path).toString('latin1')) !== 'none';
  return (trial) => {
    if (matchers.length === 0) return null;
    const targets = trial.paths.filter((path) => gains(trial, path));
    for (const source of sourcesOf(trial))
      for (const target of targets) {
        if (source === target) continue;
        if (matchers.some((matcher) => canSee(matcher, target) && !canSee(matcher, source)))
          return `${source} is hidden from a mount that sees ${target}`;
      }
    return null;
  };
}

const gains = ({ before, after }: Trial, path: string): boolean => {
  const text = after.text(path);
  if (text === undefined) return false;
  const known = new Set(before.text(path)?.split('\n'));
  return text.split('\n').some((line) => line.trim() !== '' && !known.has(line));
};

/** What it removes or cites. */
const sourcesOf = ({ edit, before, after, paths, exhibits }: Trial): Set<string> =>
  new Set([
    ...paths.filter((path) => before.text(path) !== undefined && before.text(path) !== after.text(path)),
    ...edit.changes.flatMap((change) => (change.op === 'move' ? [change.path] : [])),
    ...exhibits.flatMap(({ memory }) => (memory === null ? [] : [memory.path])),
  ]);
