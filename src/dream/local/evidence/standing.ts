/** Decides how claims stand after all that was said, in the order in which it was said. */

import { grouped } from '../../text/grouped.js';
import type { Claim } from '../claims/claim.js';
import { aligned } from './alignment.js';
import { type Knowledge, type Match, matchesOf } from './matching.js';
import type { Statement } from './statement.js';

export interface Verdict {
  readonly claim: Claim;
  readonly match: Match;
  readonly statement: Statement;
}

export interface Verdicts {
  readonly disproved: readonly Verdict[];
  readonly confirmed: readonly Verdict[];
}

/** `recordedOf`: the day a claim is known to be of; null: nobody knows. */
export function verdictsOn(
  statements: readonly Statement[],
  knowledge: Knowledge,
  recordedOf: (claim: Claim) => string | null,
): Verdicts {
  const disproved: Verdict[] = [];
  const confirmed: Verdict[] = [];
  for (const said of grouped(statements, ({ subject }) => subject).values()) {
    const matched = said
      .map((statement) => ({ statement, matches: matchesOf(statement, knowledge) }))
      .filter(({ matches }) => matches.length > 0)
      .sort((a, b) =>
        a.statement.time < b.statement.time ? -1 : a.statement.time > b.statement.time ? 1 : 0,
      );
    for (const claim of new Set(matched.flatMap(({ matches }) => matches.map((match) => match.claim)))) {
      const history = matched.flatMap(({ statement, matches }) => {
        const match = matches.find((each) => each.claim === claim);
        return match === undefined ? [] : [{ claim, match, statement }];
      });
      const last = standing(history, recordedOf(claim));
      if (last === null) continue;
      if (last.match.alignment.equal) {
        if (isIndependent(last.statement)) confirmed.push(last);
      } else if (!isOvertaken(last, matched, recordedOf)) disproved.push(last);
    }
  }
  return { disproved, confirmed };
}

/** The statement that is in force at the end; null: the claim itself is. */
function standing(history: readonly Verdict[], recorded: string | null): Verdict | null {
  const inForce: Verdict[] = [];
  for (const verdict of history) {
    const { statement } = verdict;
    if (statement.kind === 'withdrawal') withdraw(inForce, verdict);
    else if (recorded === null || statement.time.slice(0, recorded.length) >= recorded) inForce.push(verdict);
  }
  return inForce.at(-1) ?? null;
}

/** Takes the withdrawn value out of force; without a value the last change. A proposal never was in force. */
function withdraw(inForce: Verdict[], { statement, match }: Verdict): void {
  if (statement.values.length === 0) {
    if (!isRejection(statement)) inForce.pop();
    return;
  }
  if (match.alignment.equal) inForce.length = 0;
  const left = inForce.filter((each) => aligned(each.statement.values, statement.values)?.equal !== true);
  inForce.splice(0, inForce.length, ...left);
}

const isRejection = ({ evidence }: Statement): boolean =>
  evidence.some(({ quote }) =>
    /\b(?:reject|declin|turned|voted|decided|refus|veto|deni|propos|never mind)/i.test(quote),
  );

/**
 * Whether a statement has a source of its own: a live system, or a user who was asked. What is said in
 * passing may come from the note itself.
 */
const isIndependent = ({ by, kind }: Statement): boolean => by === 'live' || kind === 'confirmation';

/** Whether the store itself has something newer on the same. */
const isOvertaken = (
  { statement, claim }: Verdict,
  matched: readonly { readonly statement: Statement; readonly matches: readonly Match[] }[],
  recordedOf: (claim: Claim) => string | null,
): boolean =>
  matched
    .filter((each) => each.statement === statement)
    .some(({ matches }) =>
      matches.some(
        (match) => match.claim !== claim && (recordedOf(match.claim) ?? '') > statement.time.slice(0, 10),
      ),
    );
