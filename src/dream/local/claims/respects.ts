/**
 * Learns which words speak of the same respect of a thing, from the store itself: rare words weigh more
 * (Spärck Jones, "A statistical interpretation of term specificity", 1972), and two wordings that state equal
 * values of several things are one respect, as anchored paraphrases are (Barzilay and McKeown, "Extracting
 * paraphrases from a parallel corpus", 2001), while two that state different values of one thing are two.
 */
import { grouped } from '../../text/grouped.js';
import type { Claim } from './claim.js';

/** Numbers up to this one are equal by chance too often. */
const few = 5;
/** The things that must differ; a single one may be a contradiction. */
const fewThings = 2;
/** More claims about one thing are compared by words alone. */
const manyClaims = 200;

export class Respects {
  readonly #frequency = new Map<string, number>();
  readonly #total: number;
  /** Pairs of wordings, each with the subjects of which both state the same values. */
  readonly #agree = new Map<string, Set<string>>();
  readonly #differ = new Map<string, Set<string>>();
  /** Wordings of one respect, joined as a forest. */
  readonly #joined = new Map<string, string>();
  /** Values, each with the subjects of which they are stated. */
  readonly #subjects = new Map<string, Set<string>>();

  constructor(claims: readonly Claim[]) {
    this.#total = claims.length;
    for (const { stems, context, values, subject } of claims) {
      for (const stem of new Set([...stems, ...context]))
        this.#frequency.set(stem, (this.#frequency.get(stem) ?? 0) + 1);
      for (const { key } of values) add(this.#subjects, key, subject ?? '');
    }
    const bySubject = grouped(
      claims.filter(({ subject, values }) => subject !== null && values.length > 0),
      ({ subject }) => subject!,
    );
    for (const [subject, about] of bySubject) if (about.length <= manyClaims) this.#learn(subject, about);
    for (const [pair, subjects] of this.#agree)
      if (subjects.size >= (this.#differ.get(pair)?.size ?? 0)) this.#join(pair);
  }

  /**
   * The share, from 0 to 1, of what the one speaks of that the other speaks of too, learnt from other things
   * or by words.
   */
  kinship(a: Claim, b: Claim): number {
    const pair = pairOf(a, b);
    const agree = others(this.#agree.get(pair), a.subject);
    const differ = others(this.#differ.get(pair), a.subject);
    const learnt = agree > differ ? 1 - 0.5 ** (agree - differ) : 0;
    return Math.max(this.overlap(a, b), learnt);
  }

  /** Whether their wordings state the same of other things, or each the same as a third one does. */
  isOneRespect(a: Claim, b: Claim): boolean {
    const [one, other] = [wordingOf(a), wordingOf(b)];
    return one === other || this.#root(one) === this.#root(other);
  }

  /** Whether their wordings state different values of other things: then they are two respects. */
  apart(a: Claim, b: Claim): boolean {
    const pair = pairOf(a, b);
    const agree = others(this.#agree.get(pair), a.subject);
    return agree === 0 && others(this.#differ.get(pair), a.subject) >= fewThings;
  }

  /** Whether a value is stated of no other thing. */
  isOwn(value: string, subject: string): boolean {
    return others(this.#subjects.get(value), subject) === 0;
  }

  /** The kinship by words alone, from 0 to 1; words of titles and headings count half. */
  overlap(a: Claim, b: Claim): number {
    let shared = 0;
    let whole = 0;
    for (const stem of new Set([...a.stems, ...a.context, ...b.stems, ...b.context])) {
      const [inA, inB] = [presence(a, stem), presence(b, stem)];
      const weight = this.#weight(stem);
      shared += weight * Math.min(inA, inB);
      // A word of one title that the other text lacks says nothing against it.
      if (Math.max(inA, inB) === 1 || Math.min(inA, inB) > 0) whole += weight * Math.max(inA, inB);
    }
    return whole === 0 ? 0 : shared / whole;
  }

  #weight(stem: string): number {
    return Math.log(1 + this.#total / (1 + (this.#frequency.get(stem) ?? 0)));
  }

  #root(wording: string): string {
    let root = wording;
    while (this.#joined.has(root)) root = this.#joined.get(root)!;
    return root;
  }

  #join(pair: string): void {
    const [one, other] = pair.split('\u0001').map((wording) => this.#root(wording)) as [string, string];
    if (one !== other) this.#joined.set(one, other);
  }

  #learn(subject: string, about: readonly Claim[]): void {
    about.forEach((a, at) => {
      for (const b of about.slice(at + 1)) {
        if (wordingOf(a) === wordingOf(b)) continue;
        const equal = valuesOf(a) === valuesOf(b);
        const own = a.values.some(({ key, amount }) => this.isOwn(key, subject) && (amount ?? few + 1) > few);
        if (equal && own) add(this.#agree, pairOf(a, b), subject);
        else if (!equal && a.values.length === b.values.length) add(this.#differ, pairOf(a, b), subject);
      }
    });
  }
}

const presence = ({ stems, context }: Claim, stem: string): number =>
  stems.includes(stem) ? 1 : context.includes(stem) ? 0.5 : 0;

const add = (map: Map<string, Set<string>>, key: string, subject: string): void => {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([subject]));
  else known.add(subject);
};

const others = (subjects: ReadonlySet<string> | undefined, subject: string | null): number =>
  subjects === undefined ? 0 : subjects.size - Number(subjects.has(subject ?? ''));

const wordingOf = ({ stems }: Claim): string => stems.toSorted().join(' ');
const valuesOf = ({ values }: Claim): string =>
  values
    .map(({ key }) => key)
    .sort()
    .join('\u0001');
const pairOf = (a: Claim, b: Claim): string => [wordingOf(a), wordingOf(b)].sort().join('\u0001');
