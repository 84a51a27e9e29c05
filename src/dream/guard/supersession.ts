/** Decides which facts the evidence of an edit may end. */
import type { MemoryEvidence } from '../edit.js';
import { datesIn, lastDayOf } from '../text/dates.js';
import { type Fact, factsInLines, isValue, type Said, sameFact } from '../text/facts.js';
import { isCount } from '../text/quantities.js';
import { contentStems } from '../text/words.js';
import type { Exhibit } from './exhibits.js';
import { PlainWords } from './plain-words.js';
import type { Statement } from './statements.js';
import { subjectsOf } from './subjects.js';
import type { Trial } from './trial.js';

interface Witness {
  readonly facts: readonly Said[];
  readonly words: PlainWords;
  readonly stems: ReadonlySet<string>;
  /** The day of the evidence; null: nothing says. */
  readonly day: string | null;
  /** The evidence itself, where it is a memory's; null: it is an event. */
  readonly memory: MemoryEvidence | null;
}

/** The stems that witness and statement must share; fewer may be shared by chance. */
const sharedStems = 2;

export class Supersession {
  readonly #trial: Trial;
  readonly #witnesses: readonly Witness[];

  constructor(trial: Trial) {
    this.#trial = trial;
    this.#witnesses = trial.exhibits.flatMap((each) => witnessOf(each, trial.statements));
  }

  covers(statement: Statement, fact: Fact): boolean {
    switch (this.#trial.edit.kind) {
      case 'remove_stale':
        return this.#about(statement).some((witness) => this.#ends(witness, statement));
      case 'resolve_contradiction':
        return this.#about(statement).some(
          (witness) => this.#isNewer(witness, statement) && replaces(witness, statement, fact),
        );
      default:
        return false;
    }
  }

  /** Whether any of the evidence is about the statement, by its own words or by those around it. */
  concerns(statement: Statement): boolean {
    const { isName } = this.#trial;
    return this.#witnesses.some(
      (witness) =>
        isAbout(witness, statement, isName) ||
        witness.facts.some(
          ({ kind, value }) => (kind === 'name' || kind === 'identifier') && statement.around.has(value),
        ),
    );
  }

  /** Tells a person what is wrong with the evidence; null: there is none to judge. */
  whyNot(statement: Statement): string | null {
    if (!['remove_stale', 'resolve_contradiction'].includes(this.#trial.edit.kind)) return null;
    if (this.#witnesses.length === 0) return 'neither a user nor a live system supersedes it';
    const about = this.#about(statement);
    if (about.length === 0) return 'the evidence is about something else';
    const newer = about.filter((witness) => this.#isNewer(witness, statement));
    return newer.length === 0 ? 'the evidence is older' : 'the evidence puts nothing in its place';
  }

  #about(statement: Statement): readonly Witness[] {
    const isStale = this.#trial.edit.kind === 'remove_stale';
    return this.#witnesses.filter(
      (witness) =>
        isAbout(witness, statement, this.#trial.isName) && (isStale || !quotes(witness, statement)),
    );
  }

  /** Whether the evidence is newer than the statement. Of one day, the session knows more than the note. */
  #isNewer({ day }: Witness, { path, noted }: Statement): boolean {
    if (day === null) return true;
    const { input } = this.#trial;
    const modified = input.memories.find((memory) => memory.path === path)?.modified.slice(0, 10);
    const known = noted ?? (modified !== undefined && modified <= input.now.slice(0, 10) ? modified : null);
    return known === null || known <= day;
  }

  /** Whether the evidence ends the statement; a memory ends by its own date only. */
  #ends(witness: Witness, statement: Statement): boolean {
    if (witness.memory === null) return this.#isNewer(witness, statement);
    const now = this.#trial.input.now.slice(0, 10);
    return (
      witness.memory.path === statement.path &&
      datesIn(statement.text).some(({ date }) => lastDayOf(date) < now)
    );
  }
}

/**
 * Makes a witness of a user, a live system or another memory; never of others' texts, nor of the agent alone.
 */
function witnessOf(
  { evidence, source, isEcho, context, memory, surroundings }: Exhibit,
  all: Trial['statements'],
): Witness[] {
  if (evidence.type === 'memory') {
    const quote = new PlainWords(evidence.quote);
    const statements = all
      .of(evidence.path, memory?.text)
      .filter(({ own, text }) => own.has(evidence.quote) || quote.has(text));
    const day = statements.map(({ noted }) => noted).find((noted) => noted !== null) ?? null;
    const said = [surroundings, ...statements.map(({ text }) => text)].join('\n');
    return [witness(evidence.quote, said, day, evidence)];
  }
  if (isEcho || (source !== 'user' && source !== 'live')) return [];
  return [witness(evidence.quote, surroundings, context?.event.time?.slice(0, 10) ?? null, null)];
}

const witness = (
  quote: string,
  surroundings: string,
  day: string | null,
  memory: MemoryEvidence | null,
): Witness => ({
  ...{
    facts: factsInLines(quote),
    words: new PlainWords(surroundings),
    stems: new Set(contentStems(quote)),
    day,
    memory,
  },
});

function isAbout({ facts, words, stems }: Witness, statement: Statement, isName: Trial['isName']): boolean {
  const identifiers = statement.facts.filter(isValue).map(({ value }) => value);
  const subjects = [...subjectsOf(statement, isName), ...identifiers].filter((name) => /\p{L}/u.test(name));
  if (subjects.some((name) => words.has(name))) return true;
  // It names nothing itself: what stands around it says of what it is.
  if (
    subjects.length === 0 &&
    facts.some((fact) => isNameOf(fact, isName) && statement.around.has(fact.value))
  )
    return true;
  return contentStems(statement.text).filter((stem) => stems.has(stem)).length >= sharedStems;
}

const isNameOf = ({ kind, value }: Pick<Fact, 'kind' | 'value'>, isName: Trial['isName']): boolean =>
  kind === 'name' && isName(value);

const quotes = ({ memory }: Witness, { path, text, own }: Statement): boolean =>
  memory?.path === path && (own.has(memory.quote) || new PlainWords(memory.quote).has(text));

/** Whether the evidence puts a fact of the same sort in the place of this one. */
const replaces = ({ facts }: Witness, statement: Statement, fact: Fact): boolean =>
  facts.some((other) => isComparable(other, fact) && !statement.facts.some((each) => sameFact(each, other)));

function isComparable(one: Said, other: Said): boolean {
  if (one.quantity !== null && other.quantity !== null) {
    const [mine, theirs] = [one.quantity.dimension, other.quantity.dimension];
    return mine === theirs || isCount(mine) || isCount(theirs);
  }
  return one.kind === other.kind && (one.kind !== 'identifier' || shapeOf(one) === shapeOf(other));
}

/** The shape of an identifier: `ops-dahlia-74` is `a-a-0`. */
const shapeOf = ({ value }: Said): string => value.replace(/\p{L}+/gu, 'a').replace(/\d+/g, '0');
