/** Which words speak of the same respect of a thing. Learnt from a store: rare words weigh more, and what is said in two ways of several things with equal values is the same. */
import { grouped } from '../../text/grouped.js';
import type { Claim } from './claim.js';

export class Respects {
  readonly #frequency = new Map<string, number>();
  readonly #total: number;
  readonly #together = new Map<string, number>();

  constructor(claims: readonly Claim[]) {
    this.#total = claims.length;
    for (const claim of claims)
      for (const stem of new Set([...claim.stems, ...claim.context]))
        this.#frequency.set(stem, (this.#frequency.get(stem) ?? 0) + 1);
    this.#learn(claims);
  }

  /** From 0 to 1: how much of what the one speaks of the other speaks of too. */
  kinship(a: Claim, b: Claim): number {
    const learnt = this.#together.get(pairKey(a, b)) ?? 0;
    return Math.max(this.overlap(a, b), learnt > 0 ? 1 - 0.5 ** learnt : 0);
  }

  /** By words alone; titles and headings count half. */
  overlap(a: Claim, b: Claim): number {
    const stems = new Set([...a.stems, ...b.stems]);
    let shared = 0;
    let whole = 0;
    for (const stem of stems) {
      const weight = this.#weight(stem);
      const inA = a.stems.includes(stem) ? 1 : a.context.includes(stem) ? 0.5 : 0;
      const inB = b.stems.includes(stem) ? 1 : b.context.includes(stem) ? 0.5 : 0;
      shared += weight * Math.min(inA, inB);
      whole += weight * Math.max(inA, inB);
    }
    for (const stem of a.context)
      if (!stems.has(stem) && b.context.includes(stem)) {
        shared += this.#weight(stem) * 0.5;
        whole += this.#weight(stem) * 0.5;
      }
    return whole === 0 ? 0 : shared / whole;
  }

  #weight(stem: string): number {
    return Math.log(1 + this.#total / (1 + (this.#frequency.get(stem) ?? 0)));
  }

  /** Pairs of wordings that state equal values of the same thing, counted once for each thing. */
  #learn(claims: readonly Claim[]): void {
    const facts = grouped(
      claims.filter(({ subject, values }) => subject !== null && values.length > 0),
      ({ subject, values }) => [subject, ...values.map(({ key }) => key).sort()].join('\u0001'),
    );
    for (const said of facts.values()) {
      if (said.length > 50) continue;
      const pairs = new Set(said.flatMap((a, at) => said.slice(at + 1).map((b) => pairKey(a, b))));
      for (const pair of pairs) this.#together.set(pair, (this.#together.get(pair) ?? 0) + 1);
    }
  }
}

const wording = ({ stems }: Claim): string => [...stems].sort().join(' ');
const pairKey = (a: Claim, b: Claim): string => [wording(a), wording(b)].sort().join('\u0001');
