/** Dates entries that a session confirmed by evidence of its own; the newest session counts. */

import { MemfsError } from '../../../core/errors.js';
import type { Change, ProposedEdit } from '../../edit.js';
import { eventEvidence, lineEvidence } from '../../evidence.js';
import type { DreamInput, Memory } from '../../input.js';
import { StagedTree } from '../../staged-tree.js';
import { grouped } from '../../text/grouped.js';
import type { Claim } from '../claims/claim.js';
import type { Finder } from '../finder.js';
import type { CarriedOut } from './carried-out.js';
import { behind, lineAt, type Place, placeOf } from './claim-place.js';
import type { EvidenceReading } from './evidence-reading.js';
import type { Verdict } from './standing.js';
import { longestQuote } from './statement.js';
import { carriedOutOn, dayOf, verifiedBy } from './wording.js';

export class Verifications implements Finder {
  readonly name = 'entries that sessions confirmed';
  readonly #reading: EvidenceReading;

  constructor(reading: EvidenceReading) {
    this.#reading = reading;
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const tree = stagedAfter(input, earlier);
    return [...this.#facts(input, tree), ...this.#procedures(tree)];
  }

  /**
   * Verifies one claim for each statement: the one that it speaks of most clearly and that is still there.
   */
  #facts(input: DreamInput, tree: StagedTree): ProposedEdit[] {
    const memories = new Map(input.memories.map((memory) => [memory.path, memory]));
    const { confirmed } = this.#reading.verdicts(input);
    const newestFirst = confirmed.toSorted((a, b) => (a.statement.time < b.statement.time ? 1 : -1));
    const done = new Set<Claim>();
    const edits: ProposedEdit[] = [];
    for (const verdicts of grouped(newestFirst, ({ statement }) => statement).values()) {
      const alike = verdicts.toSorted((a, b) => b.match.confidence - a.match.confidence);
      if (alike.some(({ claim }) => done.has(claim))) continue;
      for (const verdict of alike) {
        const memory = memories.get(verdict.claim.path ?? '');
        const place = memory === undefined ? null : placeOf(verdict.claim, memory);
        if (place === null || !isStill(place, tree)) continue;
        for (const { claim } of alike) done.add(claim);
        const change = this.#beside(verdict, place, tree);
        if (change !== null) edits.push(factEdit(verdict, change));
        break;
      }
    }
    return edits;
  }

  #beside({ claim, statement }: Verdict, place: Place, tree: StagedTree): Change | null {
    const { memory, start, end } = place;
    const others = this.#reading.model.claims
      .filter((other) => other.path === claim.path && other.block === claim.block && other !== claim)
      .flatMap((other) => placeOf(other, memory) ?? []);
    const at = behind(place, others, claim.block?.kind === 'row');
    const staged = tree.text(memory.path)!;
    // Where an earlier edit has changed the rest of the line, it goes directly behind the sentence.
    const close = staged.includes(memory.text.slice(start, at)) ? at : end;
    return noted(memory, start, close, verifiedBy(statement), statement.time);
  }

  #procedures(tree: StagedTree): ProposedEdit[] {
    const newest = new Map<CarriedOut['procedure'], CarriedOut>();
    for (const done of this.#reading.carriedOut)
      if ((newest.get(done.procedure)?.last.time ?? '') <= (done.last.time ?? ''))
        newest.set(done.procedure, done);
    return [...newest.values()].flatMap(({ procedure: { memory, steps, title }, done, uses, last }) => {
      if (last.time === null) return [];
      const end = steps.at(-1)!.endLine;
      const lines = memory.text.split('\n');
      const old = lines[end - 1]!;
      if (tree.text(memory.path)?.includes(old) !== true) return [];
      const sentence = carriedOutOn(last.time, last.session);
      const below = lines.slice(end).findIndex((line) => line.trim() !== '');
      const known = former.exec(below === -1 ? '' : lines[end + below]!);
      if (known !== null && known[1]! >= dayOf(last.time)) return [];
      const change: Change =
        known === null
          ? { op: 'replace', path: memory.path, old, new: `${old}\n\n${sentence}`, line: end }
          : { op: 'replace', path: memory.path, old: known[0].trim(), new: sentence, line: end + below + 1 };
      return [
        {
          kind: 'verify',
          reason: `A session carried out "${title || memory.path}" as written on ${dayOf(last.time)}, and no step failed.`,
          confidence: 0.85,
          changes: [change],
          evidence: [
            eventEvidence(uses.at(-1)!.call, uses.at(-1)!.call.text, longestQuote),
            lineEvidence(memory, done.at(-1)!.line),
          ],
        },
      ];
    });
  }
}

/** The memories after the edits, as far as they can be carried out. */
function stagedAfter({ memories }: DreamInput, edits: readonly ProposedEdit[]): StagedTree {
  const tree = new StagedTree(memories.map(({ path, text }) => [path, text]));
  for (const { changes } of edits)
    try {
      tree.apply(changes);
    } catch (error) {
      if (!(error instanceof MemfsError)) throw error;
    }
  return tree;
}

const isStill = ({ memory: { path, text }, start, end }: Place, tree: StagedTree): boolean =>
  tree.text(path)?.includes(text.slice(start, end)) === true;

const factEdit = ({ claim, statement, match }: Verdict, change: Change): ProposedEdit => ({
  kind: 'verify',
  reason:
    statement.by === 'live'
      ? `A live system showed on ${dayOf(statement.time)} what ${claim.path} says of ${statement.subject}.`
      : `The user confirmed on ${dayOf(statement.time)} what ${claim.path} says of ${statement.subject}.`,
  confidence: Math.min(0.95, 0.7 + 0.25 * match.confidence),
  changes: [change],
  evidence: [...statement.evidence],
});

const former = /\s*\bVerified (\d{4}-\d\d-\d\d): [^\n|]*?\.(?=\s|$)/;

/**
 * Adds the sentence, or puts it in the place of an older one; null: there is one of that day or a later one.
 */
function noted(
  { path, text }: Memory,
  start: number,
  at: number,
  sentence: string,
  time: string,
): Change | null {
  const end = text.indexOf('\n', at);
  const line = text.slice(at, end === -1 ? undefined : end);
  const inside = former.exec(text.slice(start, at));
  const known = inside ?? former.exec(line);
  if (known !== null) {
    if (known[1]! >= dayOf(time)) return null;
    return { op: 'replace', path, old: known[0].trim(), new: sentence, line: lineAt(text, at) };
  }
  const old = text.slice(start, at);
  const stop = /[.!?]$/.test(old) ? '' : '.';
  return { op: 'replace', path, old, new: `${old}${stop} ${sentence}`, line: lineAt(text, start) };
}
