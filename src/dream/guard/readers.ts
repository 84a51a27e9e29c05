/** Rules that keep text from readers who may not see it where it comes from. */
import { type Scope, ScopeMatcher } from '../../core/scope.js';
import type { DreamInput } from '../input.js';
import { isWitness } from './exhibits.js';
import { Secluded } from './secluded.js';
import { addedLines, type Rule, shown, type Trial } from './trial.js';

/** Refuses what a session read in another store, unless this store or somebody else says it too. */
export function nothingComesFromOtherStores({ reads, store, memories }: DreamInput): Rule {
  const others = reads.filter((read) => read.store !== store).map(({ text }) => text);
  if (others.length === 0) return () => null;
  const secluded = new Secluded(
    others,
    memories.map(({ text }) => text),
  );
  return (trial) => {
    const said = independent(trial);
    for (const line of addedLines(trial)) {
      const leak = secluded.leak(line, said);
      if (leak !== null) return `"${shown(line)}" says what was read in another store: ${shown(leak)}`;
    }
    return null;
  };
}

/** The quotes of users and live systems, who need not have it from a store. */
const independent = ({ exhibits }: Trial): string =>
  exhibits
    .filter((each) => isWitness(each))
    .map(({ evidence }) => evidence.quote)
    .join('\n');

/** Refuses text at a place that a mount sees, if it comes from a place that the mount does not see. */
export function nothingLeavesItsScope(input: DreamInput): Rule {
  const readers = input.scopes
    .filter(({ rules }) => rules.length > 0)
    .map((scope) => new Reader(scope, input));
  return (trial) => {
    for (const target of trial.paths) {
      const lines = newLines(trial, target);
      if (lines.length === 0) continue;
      for (const reader of readers.filter((each) => each.sees(target))) {
        const source = sourcesOf(trial).find((path) => path !== target && !reader.sees(path));
        if (source !== undefined) return `${source} is hidden from a mount that sees ${target}`;
        const said = independent(trial);
        const line = lines.find((each) => reader.secluded.leak(each, said) !== null);
        if (line !== undefined)
          return `"${shown(line)}" stands only in what is hidden from a mount that sees ${target}`;
      }
    }
    return null;
  };
}

/** A mount that sees a part of the store. */
class Reader {
  readonly #matcher: ScopeMatcher;
  readonly #input: DreamInput;
  #secluded: Secluded | null = null;

  constructor(scope: Scope, input: DreamInput) {
    this.#matcher = new ScopeMatcher(scope);
    this.#input = input;
  }

  sees(path: string): boolean {
    return this.#matcher.access(Buffer.from(path).toString('latin1')) !== 'none';
  }

  get secluded(): Secluded {
    this.#secluded ??= this.#seclude();
    return this.#secluded;
  }

  #seclude(): Secluded {
    const { memories, reads, store } = this.#input;
    const all = [...memories, ...reads.filter((read) => read.store === store)];
    const texts = (seen: boolean): string[] =>
      all.filter(({ path }) => this.sees(path) === seen).map(({ text }) => text);
    return new Secluded(texts(false), texts(true));
  }
}

function newLines({ before, after }: Trial, path: string): string[] {
  const known = new Set(before.text(path)?.split('\n'));
  const lines = after.text(path)?.split('\n') ?? [];
  return lines.filter((line) => line.trim() !== '' && !known.has(line));
}

/** The paths that the edit changes, removes, moves or cites. */
const sourcesOf = ({ before, after, paths, exhibits }: Trial): string[] => [
  ...paths.filter((path) => before.text(path) !== undefined && before.text(path) !== after.text(path)),
  ...exhibits.flatMap(({ memory }) => (memory === null ? [] : [memory.path])),
];
