/** Finds places that an agent opened only after looking in vain. */

import { detached } from '../../detached.js';
import type { EventEvidence } from '../../edit.js';
import { eventEvidence } from '../../evidence.js';
import { isPath } from './call-shape.js';
import type { Lane, ToolUse } from './tool-uses.js';

export interface Find {
  readonly session: string;
  /** The place that was opened in the end. */
  readonly place: string;
  /** The number of searches before, none of which had named the place. */
  readonly inVain: number;
  /** The request. */
  readonly request: string;
  /** The patterns that were searched for. */
  readonly patterns: string;
  /** The agent's sentence about the place; null: none. */
  readonly said: string | null;
  readonly evidence: readonly EventEvidence[];
}

const longestQuote = 300;
const longestRequest = 1_000;
const longestSentence = 200;

/** Returns each place that was opened, those without a search before it too. */
export function finds(session: string, { uses, turns }: Lane): Find[] {
  const found: Find[] = [];
  let searches: ToolUse[] = [];
  for (const use of uses) {
    const search = use.shape.looks === 'for';
    if (search && searches.length > 0 && searches[0]!.turn !== use.turn && !namesFile(use)) searches = [];
    const request = turns[use.turn]!.request;
    if (use.failure === null && (!search || namesFile(use)))
      for (const place of placesIn(use)) {
        const told = request?.text.includes(place) === true;
        const asked = searches[0]?.turn ?? use.turn;
        const connected = asked === use.turn || (asked === use.turn - 1 && told);
        const vain = connected ? searches.filter(({ result }) => !result.text.includes(nameOf(place))) : [];
        const wanted = turns[asked]!.request?.text ?? '';
        found.push({
          session,
          place: detached(place),
          inVain: vain.length,
          request: told && asked === use.turn ? '' : detached(wanted.slice(0, longestRequest)),
          patterns: detached(vain.flatMap(patternsOf).join(' ')),
          said: sentenceWith(
            place,
            turns[use.turn]!.said.map(({ text }) => text),
          ),
          evidence: [...vain.slice(-1), use].map(({ call }) => eventEvidence(call, call.text, longestQuote)),
        });
      }
    searches = search && !namesFile(use) ? [...searches, use] : [];
  }
  return found;
}

/** Whether a search is given one file, and so looks into it: `ls -l docs/plan.pdf`. */
const namesFile = (use: ToolUse): boolean =>
  use.result.text.trim() !== '' && placesIn(use).some((place) => /\/[^/*]+\.\w{1,5}$/.test(place));

const placesIn = ({ shape }: ToolUse): string[] => [
  ...new Set(
    shape.words
      .slice(1)
      .map((word) => word.replace(/^["']|["']$/g, ''))
      .filter((word) => isPath(word) && word.length > 4),
  ),
];

/** The patterns of a search, without options, folders, and what only cuts the answer short. */
function patternsOf({ shape }: ToolUse): string[] {
  const pipe = shape.words.indexOf('|');
  const words = shape.words.slice(1, pipe === -1 ? undefined : pipe);
  return words
    .filter((word) => !word.startsWith('-') && !word.includes('/'))
    .map((word) => word.replace(/^\w+=/, ''));
}

const nameOf = (place: string): string => place.split('/').at(-1) || place;

function sentenceWith(place: string, texts: readonly string[]): string | null {
  const sentences = texts.flatMap((text) => text.split(/\n|(?<=[.!?])\s+/));
  const sentence = sentences.findLast((each) => each.includes(place) && each.length <= longestSentence);
  return sentence === undefined ? null : detached(sentence.trim());
}
