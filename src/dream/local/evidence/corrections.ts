/**
 * Resolves contradictions that sessions decide: the newest evidence takes the place of what it disproves,
 * with a note of what was there.
 */

import type { Change, ProposedEdit } from '../../edit.js';
import type { DreamInput, Memory } from '../../input.js';
import { grouped } from '../../text/grouped.js';
import { evidenceOf } from '../claims/claim-evidence.js';
import type { Finder } from '../finder.js';
import { takenBy } from '../store/taken.js';
import { type Place, placeOf } from './claim-place.js';
import type { EvidenceReading } from './evidence-reading.js';
import type { Verdict } from './standing.js';
import type { Statement } from './statement.js';
import { asSentence, changedFrom, dayOf, valueInPlaceOf } from './wording.js';

export class Corrections implements Finder {
  readonly name = 'contradictions that sessions decide';
  readonly #reading: EvidenceReading;

  constructor(reading: EvidenceReading) {
    this.#reading = reading;
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const memories = new Map(input.memories.map((memory) => [memory.path, memory]));
    const taken = takenBy(earlier);
    const { disproved } = this.#reading.verdicts(input);
    return [...grouped(disproved, ({ statement }) => statement)].flatMap(([statement, verdicts]) => {
      const placed = verdicts.flatMap((verdict) => {
        const place = placedIn(verdict, memories);
        return place === null || taken(verdict.claim) ? [] : [{ verdict, place }];
      });
      return placed.length === 0 ? [] : [editOf(statement, placed, input)];
    });
  }
}

interface Placed {
  readonly verdict: Verdict;
  readonly place: Place;
}

function placedIn({ claim }: Verdict, memories: ReadonlyMap<string, Memory>): Place | null {
  const memory = memories.get(claim.path ?? '');
  return memory === undefined ? null : placeOf(claim, memory);
}

function editOf(statement: Statement, placed: readonly Placed[], input: DreamInput): ProposedEdit {
  const [{ verdict }] = placed as [Placed, ...Placed[]];
  const old = verdict.match.alignment.replaced.map(([before]) => before.text).join(', ');
  const now = statement.values.map(({ text }) => text).join(', ');
  const who = statement.by === 'live' ? 'A live system showed' : 'The user said';
  return {
    kind: 'resolve_contradiction',
    reason: `${who} on ${dayOf(statement.time)} that ${statement.subject} has ${now || 'it otherwise'}${old === '' ? '' : `, not ${old}`}.`,
    confidence: Math.min(
      0.95,
      (statement.by === 'live' ? 0.7 : 0.6) + 0.3 * verdict.match.confidence + (statement.isChange ? 0.1 : 0),
    ),
    changes: placed.map(changeOf),
    evidence: [
      ...statement.evidence,
      ...placed.flatMap((each) => evidenceOf(each.verdict.claim, input) ?? []),
    ],
  };
}

function changeOf({ verdict, place }: Placed): Change {
  const { memory, start, end, line } = place;
  const old = memory.text.slice(start, end);
  const { statement, match } = verdict;
  const stop = /[.!?]$/.test(old) ? ' ' : '. ';
  const now = newSentence(old, verdict);
  const past = match.alignment.replaced.map(([before]) => before.text);
  return {
    ...{ op: 'replace', path: memory.path, old, line },
    new: `${now}${/[.!?]$/.test(now) ? ' ' : stop}${changedFrom(past, statement)}`,
  };
}

/**
 * The sentence in place of the old one: the user's own, if it says it all, else the old one with the new
 * value.
 */
function newSentence(old: string, { claim, statement, match }: Verdict): string {
  const { replaced } = match.alignment;
  const saysAll = statement.text !== '' && statement.values.length >= claim.values.length;
  if (statement.by === 'user' && saysAll) return asSentence(statement.text);
  let text = old;
  for (const [before, now] of replaced) {
    const at = text.indexOf(before.text);
    if (at === -1)
      return statement.by === 'user' && statement.text !== '' ? asSentence(statement.text) : text;
    text = text.slice(0, at) + valueInPlaceOf(before, now) + text.slice(at + before.text.length);
  }
  return text;
}
