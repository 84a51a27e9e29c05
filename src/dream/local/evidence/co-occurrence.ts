/**
 * Measures how much words speak of what a claim speaks of. Words that a store uses together (in one claim,
 * its title, and what says the same of the same thing) stand for each other in part: a thesaurus by
 * co-occurrence (Schütze and Pedersen, "A cooccurrence-based thesaurus and two applications to information
 * retrieval", 1997), of claims instead of windows.
 */
import { grouped } from '../../text/grouped.js';
import type { Claim } from '../claims/claim.js';

/** The most words of a claim: with more, it says too much for its words to mean each other. */
const mostWords = 24;
/** The worth of a word of the thesaurus, against that of the word itself. */
const discount = 0.7;

export class CoOccurrence {
  readonly #frequency = new Map<string, number>();
  readonly #together = new Map<string, Map<string, number>>();
  #bags = 0;

  constructor(claims: readonly Claim[]) {
    const facts = grouped(claims, (claim) =>
      claim.subject === null || claim.values.length === 0
        ? claim
        : [claim.subject, ...claim.values.map(({ key }) => key).sort()].join('\u0001'),
    );
    for (const alike of facts.values()) this.#add(new Set(alike.slice(0, 8).flatMap(spokenIn)));
  }

  /** The share, from 0 to 1, of what the words and the claim speak of that both speak of. */
  of(stems: readonly string[], claim: Claim): number {
    const there = spokenIn(claim);
    return (this.#covered(stems, there) + this.#covered(claim.stems, [...stems])) / 2;
  }

  #add(words: ReadonlySet<string>): void {
    this.#bags += 1;
    const bag = [...words].slice(0, mostWords);
    for (const word of bag) {
      this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
      const beside = this.#together.get(word) ?? new Map<string, number>();
      this.#together.set(word, beside);
      for (const other of bag) if (other !== word) beside.set(other, (beside.get(other) ?? 0) + 1);
    }
  }

  #covered(stems: readonly string[], there: readonly string[]): number {
    let covered = 0;
    let whole = 0;
    for (const stem of new Set(stems)) {
      const weight = this.#weight(stem);
      whole += weight;
      covered += weight * Math.max(0, ...there.map((other) => this.#nearness(stem, other)));
    }
    return whole === 0 ? 0 : covered / whole;
  }

  #nearness(a: string, b: string): number {
    if (a === b) return 1;
    if (a.length >= 4 && b.length >= 4 && (a.startsWith(b) || b.startsWith(a))) return 0.8;
    const together = this.#together.get(a)?.get(b) ?? 0;
    if (together === 0) return 0;
    return (discount * together) / Math.sqrt(this.#frequency.get(a)! * this.#frequency.get(b)!);
  }

  #weight(stem: string): number {
    return Math.log(1 + (this.#bags + 1) / (1 + (this.#frequency.get(stem) ?? 0)));
  }
}

const spokenIn = ({ stems, context }: Claim): string[] => [...new Set([...stems, ...context])];
