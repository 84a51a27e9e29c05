/** Finds the calls after a failed one that may have done what it should have done. */

import { detached } from '../../detached.js';
import type { EventEvidence } from '../../edit.js';
import { eventEvidence } from '../../evidence.js';
import { type CallShape, detachedShape } from './call-shape.js';
import { type ComplaintWords, complaintWords } from './failure.js';
import type { Lane, ToolUse } from './tool-uses.js';

/** A failed call, as it is kept when its session is no longer in memory. */
export interface Attempt {
  readonly session: string;
  readonly shape: CallShape;
  readonly failure: string;
  readonly complaint: ComplaintWords;
  readonly evidence: EventEvidence;
  /** Whether the same call went through unchanged: the failure was a passing one. */
  readonly passed: boolean;
  readonly repairs: readonly Repair[];
}

export interface Repair {
  readonly shape: CallShape;
  readonly evidence: EventEvidence;
  /** The likeness of the goals, from 0 to 1. */
  readonly weight: number;
  /** Whether it is given something that the failed call was given. */
  readonly shares: boolean;
}

/** The most calls later that one may still belong to the other. */
const farthest = 8;
const longestQuote = 300;

export function attempts(session: string, { uses }: Lane): Attempt[] {
  const found: Attempt[] = [];
  uses.forEach((failed, i) => {
    if (failed.failure === null || repeatsFailure(uses, i)) return;
    const later = uses.slice(i + 1, i + 1 + farthest).filter(({ turn }) => turn <= failed.turn + 1);
    const same = (use: ToolUse): boolean => use.shape.words.join(' ') === failed.shape.words.join(' ');
    const success = later.findIndex(({ failure }) => failure === null);
    const passed =
      success !== -1 && later.slice(0, success + 1).some((use) => same(use) && use.failure === null);
    const repairs = later.flatMap((use, k) => {
      if (use.failure !== null || same(use)) return [];
      const weight = weightOf(failed, use, k === success, later[k + 1]?.turn !== use.turn);
      if (weight === 0) return [];
      return [
        {
          shape: detachedShape(use.shape),
          weight,
          shares: shares(failed, use),
          evidence: eventEvidence(use.call, use.call.text, longestQuote),
        },
      ];
    });
    const shape = detachedShape(failed.shape);
    const failure = detached(failed.failure);
    const complaint = complaintWords(failure, shape.words);
    const evidence = eventEvidence(failed.result, failed.result.text, longestQuote);
    found.push({ session, shape, failure, complaint, evidence, passed, repairs });
  });
  return found;
}

/** Whether it is the second of two equal failures, which is none of its own. */
const repeatsFailure = (uses: readonly ToolUse[], i: number): boolean =>
  uses
    .slice(Math.max(0, i - 3), i)
    .some(
      ({ failure, shape }) => failure !== null && shape.words.join(' ') === uses[i]!.shape.words.join(' '),
    );

/**
 * The likeness of the goals. A call without anything in common may be another way to the goal, but not in
 * answer to another request.
 */
function weightOf(failed: ToolUse, use: ToolUse, isNext: boolean, endsTurn: boolean): number {
  const onlyLooks = use.shape.looks !== null && failed.shape.looks === null;
  const weight = likeness(failed, use) || (use.turn === failed.turn ? nearness(isNext, endsTurn) : 0);
  return onlyLooks ? weight * 0.3 : weight;
}

function likeness(failed: ToolUse, use: ToolUse): number {
  if (use.shape.head === failed.shape.head) return 1;
  if (use.shape.program === failed.shape.program) return 0.9;
  return shares(failed, use) ? 0.8 : 0;
}

/** Whether both are given the same; options only tell something of one and the same program. */
function shares(failed: ToolUse, use: ToolUse): boolean {
  const same = use.shape.program === failed.shape.program;
  const given = failed.shape.words
    .slice(1)
    .filter((word) => (same || !word.startsWith('-')) && word.length > 2);
  return given.some((word) => use.shape.words.includes(word));
}

function nearness(isNext: boolean, endsTurn: boolean): number {
  if (isNext) return endsTurn ? 0.7 : 0.5;
  return endsTurn ? 0.4 : 0.1;
}
