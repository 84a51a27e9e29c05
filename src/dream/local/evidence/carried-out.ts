/** Finds sessions that carried out a procedure of the store from beginning to end, and nothing went wrong. */

import type { TranscriptEvent } from '../../../sessions/event.js';
import { cues } from '../../text/cues.js';
import { carriesOut, type Procedure, type Step, wordSet } from './procedure.js';
import type { ToolUse } from './tool-use.js';
import { unquotedText } from './unquoted-text.js';

export interface CarriedOut {
  readonly procedure: Procedure;
  /** The steps that were carried out. */
  readonly done: readonly Step[];
  readonly uses: readonly ToolUse[];
  /** The last event of it. */
  readonly last: TranscriptEvent;
}

/** The share of the steps that must leave a call behind; some only say what to wait for or to look at. */
const enoughSteps = 0.6;
const fewestCalls = 2;

/** Finds procedures by the words of their steps: a session without them did not follow one. */
export class ProcedureIndex {
  readonly #byWord = new Map<string, Set<Procedure>>();

  constructor(procedures: readonly Procedure[]) {
    for (const procedure of procedures)
      for (const step of procedure.steps)
        for (const word of wordSet(step.text)) {
          const known = this.#byWord.get(word) ?? new Set();
          this.#byWord.set(word, known.add(procedure));
        }
  }

  /** The procedures that the calls may be steps of. */
  candidates(uses: readonly ToolUse[]): Set<Procedure> {
    const hits = new Map<Procedure, number>();
    for (const { arguments: given } of uses)
      for (const argument of given) {
        if (argument.length > 2_000) continue;
        const seen = new Map<Procedure, number>();
        for (const word of wordSet(argument))
          for (const procedure of this.#byWord.get(word) ?? [])
            seen.set(procedure, (seen.get(procedure) ?? 0) + 1);
        for (const [procedure, words] of seen)
          if (words >= 2) hits.set(procedure, (hits.get(procedure) ?? 0) + 1);
      }
    return new Set([...hits].filter(([, calls]) => calls >= fewestCalls).map(([procedure]) => procedure));
  }
}

export function carriedOut(
  procedure: Procedure,
  uses: readonly ToolUse[],
  events: readonly TranscriptEvent[],
): CarriedOut | null {
  const followed: ToolUse[] = [];
  const done: Step[] = [];
  let next = 0;
  for (const use of uses) {
    const at = procedure.steps.findIndex((step, index) => index >= next && carriesOut(use.arguments, step));
    if (at === -1) continue;
    followed.push(use);
    done.push(procedure.steps[at]!);
    next = at + 1;
  }
  const runnable = procedure.steps.filter(({ commands }) => commands.length > 0).length;
  const needed = Math.max(
    fewestCalls,
    Math.ceil((runnable >= fewestCalls ? runnable : procedure.steps.length) * enoughSteps),
  );
  if (followed.length < needed || followed.some(({ failed, result }) => failed || result === null))
    return null;
  const from = events.indexOf(followed[0]!.call);
  const to = events.indexOf(followed.at(-1)!.result!);
  const after = closingTexts(events.slice(to + 1));
  const during = events.slice(from, to + 1);
  if (uses.some((use) => use.failed && during.includes(use.call))) return null;
  if ([...during, ...after].some(saysItWentWrong)) return null;
  return { procedure, done, uses: followed, last: followed.at(-1)!.result! };
}

/** The agent's closing words and the user's answer. */
function closingTexts(events: readonly TranscriptEvent[]): TranscriptEvent[] {
  const nextCall = events.findIndex(({ kind }) => kind === 'tool_call');
  const users = events
    .map(({ kind }, index) => (kind === 'user_text' ? index : -1))
    .filter((at) => at !== -1);
  const end = Math.min(
    nextCall === -1 ? events.length : nextCall,
    users[0] === undefined ? events.length : users[0] + 1,
  );
  return events.slice(0, end);
}

const wentWrong = cues(
  String.raw`
    \b(?:
      fail(?:s|ed|ure|ing)?
      (?:did|does|do|has|is|was|were|are)(?: not|n't) (?:\w+ )?(?:
        work|help|fix|exist|succeed|apply|go|there|enough|right|correct
      )\w*
      not work\w*|wrong|broken|breaks|outdated|out of date|obsolete|no longer|had to|have to change
      needs? (?:a )?(?:fix|update|change|correction)|skipp?(?:ed|ing)|deviat\w+|different from|differs
      instead of|incorrect|still (?:broken|failing|down|stuck|the same|not)|worse|unfortunately|cannot
      can't|could(?: not|n't)
    )\b
  `,
  'i',
);
const nothingWrong = cues(
  String.raw`
    \b(?:no|without|not?|never|nothing|zero)\b(?:\W+\w+){0,3}\W+(?:
      fail\w*|errors?|problems?|deviat\w+|wrong|chang\w+|skipp?ed
    )
  `,
  'gi',
);

function saysItWentWrong({ kind, text }: TranscriptEvent): boolean {
  if (kind !== 'user_text' && kind !== 'agent_text') return false;
  return wentWrong.test(unquotedText(text).replace(nothingWrong, ' '));
}
