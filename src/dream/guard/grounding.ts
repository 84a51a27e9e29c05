/** Requires that what an edit adds stands in the store or in its evidence: nothing is made up. */
import { type Fact, factsIn, factsInLines, type Said, sameFact } from '../text/facts.js';
import { isCount } from '../text/quantities.js';
import { secretMarks } from '../trust/secret-mark.js';
import { PlainWords } from './plain-words.js';
import { addedLines, type Rule, shown, type Trial } from './trial.js';

export const nothingIsMadeUp: Rule = (trial) => {
  const lines = addedLines(trial);
  if (lines.length === 0) return null;
  const known = new Known(trial);
  for (const line of lines) {
    const fact = factsIn(known.withoutSessions(line)).find(
      (each) => isChecked(each, trial) && !known.has(each),
    );
    if (fact !== undefined)
      return `adds "${fact.text}" ("${shown(line)}"), which neither its evidence nor what it cites of the store says`;
  }
  return null;
};

/**
 * Whether the fact must be found. Dates and counts of a pattern are worked out from all sessions; no single
 * one says them.
 */
function isChecked({ kind, quantity }: Fact, { edit }: Trial): boolean {
  if (kind === 'name' || kind === 'environment' || kind === 'date') return false;
  if (quantity === null) return true;
  return (
    edit.kind !== 'note_pattern' &&
    edit.kind !== 'verify' &&
    !(isCount(quantity.dimension) && quantity.amount < 13)
  );
}

class Known {
  readonly #texts: readonly string[];
  /** Paths of memories, which may be linked to. */
  readonly #paths: readonly string[];
  /** Ids of cited sessions, which may be shortened. */
  readonly #sessions: readonly string[];
  #facts: readonly Said[] | null = null;
  #words: PlainWords | null = null;

  constructor({ before, paths, exhibits, edit }: Trial) {
    const cited = exhibits.flatMap(({ memory }) => (memory === null ? [] : [memory.path]));
    this.#texts = [
      ...[...new Set([...paths, ...cited])].map((path) => before.text(path) ?? ''),
      ...exhibits.flatMap(({ surroundings, context }) => [surroundings, context?.event.text ?? '']),
    ];
    this.#sessions = exhibits.flatMap(({ evidence }) =>
      evidence.type === 'event' ? [evidence.session] : [],
    );
    this.#paths = [
      ...before.paths,
      ...paths,
      ...edit.changes.flatMap((change) => (change.op === 'move' ? [change.to] : [])),
    ];
  }

  withoutSessions(line: string): string {
    return line
      .replaceAll('`', ' ')
      .replace(secretMarks, ' ')
      .replace(/[\w-]{4,}/g, (word) => (this.#sessions.some((id) => id.startsWith(word)) ? ' ' : word));
  }

  has(fact: Fact): boolean {
    if (fact.quantity !== null) {
      this.#facts ??= this.#texts.flatMap((text) => factsInLines(text.replaceAll('`', ' ')));
      return this.#facts.some((other) => sameFact(other, fact));
    }
    this.#words ??= new PlainWords([...this.#texts, ...this.#paths].join(' | '));
    return this.#words.has(fact.value) || this.#words.has(fact.text);
  }
}
