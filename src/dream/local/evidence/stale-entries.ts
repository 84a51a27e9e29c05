/** Removes stale entries: their day is past, their cause is mended, their subject is no more. */

import type { ProposedEdit } from '../../edit.js';
import type { DreamInput } from '../../input.js';
import { grouped } from '../../text/grouped.js';
import type { Claim } from '../claims/claim.js';
import { evidenceOf } from '../claims/claim-evidence.js';
import type { Finder } from '../finder.js';
import { redirected } from '../store/links.js';
import { withoutClaims } from '../store/passages.js';
import { takenBy } from '../store/taken.js';
import type { EvidenceReading } from './evidence-reading.js';
import { expiredOn } from './expiry.js';
import type { Stale } from './stale.js';

export class StaleEntries implements Finder {
  readonly name = 'entries that are over';
  readonly #reading: EvidenceReading;

  constructor(reading: EvidenceReading) {
    this.#reading = reading;
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const taken = takenBy(earlier);
    const stale = [...this.#reading.stale, ...this.#expired(input)];
    const seen = new Set<Claim>();
    const free = stale.filter(({ claim }) => {
      if (claim.path === null || claim.block === null || seen.has(claim) || taken(claim)) return false;
      seen.add(claim);
      return true;
    });
    return [
      ...grouped(free, ({ claim, reason }) => `${claim.path}\u0001${reason.toLowerCase()}`).values(),
    ].flatMap((together) => this.#edit(together, input));
  }

  #expired({ now }: DreamInput): Stale[] {
    return this.#reading.model.claims.flatMap((claim): Stale[] => {
      const day = expiredOn([claim.text, ...claim.riders].join(' '), now.slice(0, 10));
      return day === null
        ? []
        : [
            {
              claim,
              reason: `It says itself that it holds until ${day} only.`,
              confidence: 0.8,
              evidence: [],
            },
          ];
    });
  }

  #edit(stale: readonly Stale[], input: DreamInput): ProposedEdit[] {
    const [{ claim, reason, confidence, evidence }] = stale as [Stale, ...Stale[]];
    const { model } = this.#reading;
    const path = claim.path!;
    const going = stale.map((each) => each.claim);
    const changes = withoutClaims(model.texts.get(path)!, going, model.claimsIn(path));
    if (changes[0]?.op === 'remove')
      changes.push(...redirected(model.texts.values(), new Map([[path, null]])));
    if (changes.length === 0) return [];
    return [
      {
        ...{ kind: 'remove_stale', reason, confidence, changes },
        evidence: [...evidence, ...going.flatMap((each) => evidenceOf(each, input) ?? [])],
      },
    ];
  }
}
