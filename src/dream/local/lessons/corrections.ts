/** Finds corrections: the agent had used one word, the user named it and another, and the agent used that. */
import type { EventEvidence } from '../../edit.js';
import { eventEvidence } from '../../evidence.js';
import type { Lane, ToolUse } from './tool-uses.js';

export interface Correction {
  readonly session: string;
  readonly wrong: string;
  readonly right: string;
  /** The words of the calls before and after it. */
  readonly calls: readonly [before: readonly string[], after: readonly string[]];
  readonly evidence: readonly [user: EventEvidence, after: EventEvidence];
}

/** The calls before and after the user's words that may be meant. */
const reach = 3;
/** In characters; longer remarks are a new task. */
const longestRemark = 600;

export function corrections(session: string, { uses, turns }: Lane): Correction[] {
  return turns.flatMap(({ request }, turn) => {
    if (request === null || request.origin !== 'user' || request.text.length > longestRemark) return [];
    const named = new Set(termsIn(request.text));
    const before = uses.filter((use) => use.turn === turn - 1).slice(-reach);
    const after = uses.filter((use) => use.turn === turn && use.failure === null).slice(0, reach);
    for (const left of before)
      for (const right of after) {
        const change = changeOf(left, right, named);
        if (change === null || usedLater(uses, right, change.wrong)) continue;
        const calls = [left.shape.words, right.shape.words] as const;
        const evidence = [
          eventEvidence(request, request.text),
          eventEvidence(right.call, right.call.text, 300),
        ] as const;
        return [{ session, ...change, calls, evidence }];
      }
    return [];
  });
}

const termsIn = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\d][\p{L}\d_./-]*[\p{L}\d]/gu) ?? [];

function changeOf(
  left: ToolUse,
  right: ToolUse,
  named: ReadonlySet<string>,
): { wrong: string; right: string } | null {
  const [a, b] = [left, right].map(({ shape }) => new Set(shape.words.flatMap(termsIn))) as [
    Set<string>,
    Set<string>,
  ];
  const wrong = [...a].find((word) => !b.has(word) && named.has(word));
  const better = [...b].find((word) => !a.has(word) && named.has(word));
  return wrong === undefined || better === undefined ? null : { wrong, right: better };
}

/** Whether the agent used the word again, so that it was no correction. */
const usedLater = (uses: readonly ToolUse[], use: ToolUse, word: string): boolean =>
  uses.slice(uses.indexOf(use) + 1).some(({ shape }) => shape.words.flatMap(termsIn).includes(word));
