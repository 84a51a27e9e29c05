/** Collects details that only some copies of a claim have. */
import { cues } from '../../text/cues.js';
import { plainText } from '../../text/words.js';
import type { Claim } from '../claims/claim.js';

/** The riders of the others, and their reasons, in their own words. */
export function detailsOf(kept: Claim, others: readonly Claim[]): string[] {
  const known = new Set([kept.text, ...kept.riders].map(plainText));
  const details: string[] = [];
  for (const { text, riders } of others)
    for (const detail of [...reasonsIn(text), ...riders])
      if (!known.has(plainText(detail))) {
        known.add(plainText(detail));
        details.push(detail);
      }
  return details;
}

const reason = cues(
  String.raw`
    [\s,;(–—-]+((?:
      because|since|due to|owing to|thanks to|so that|in order to|to avoid|to prevent|as agreed
      as decided|after (?:the|a|an|our|last|that)
    )\s[^()]{4,}?)[.)]*$
  `,
  'i',
);

function reasonsIn(text: string): string[] {
  const [, found] = reason.exec(text) ?? [];
  return found === undefined || /\d/.test(found) ? [] : [`(${found})`];
}
