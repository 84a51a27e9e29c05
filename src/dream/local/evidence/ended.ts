/**
 * That a thing is no more: the thing itself, as the subject or the object of a verb of ending, done and not planned.
 * What is only a part of it ("the alerts of …"), or taken from somewhere ("removed … from the list"), has not ended.
 */

import { assertsNothing, type DialogueAct } from './dialogue-act.js';
import { alive, closes, endedObject, endedSubject, forAWhile } from './ended-cues.js';

/** A name and where it stands in a sentence. */
export interface Mention {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

export function endedIn(sentence: string, act: DialogueAct, mentions: readonly Mention[]): Mention[] {
  if (assertsNothing.has(act) || forAWhile.test(sentence)) return [];
  return mentions.filter(
    ({ start, end }) =>
      endedSubject.test(sentence.slice(end)) ||
      (endedObject.test(sentence.slice(0, start)) && closes.test(sentence.slice(end))),
  );
}

/** Where in a sentence the name of what has ended may stand: in front of the verb, or behind it. */
export function placesOfEnded(sentence: string, act: DialogueAct): { before: number[]; behind: number[] } {
  if (assertsNothing.has(act) || forAWhile.test(sentence)) return { before: [], behind: [] };
  const ends = [...sentence.matchAll(/[\p{L}\p{N}](?=["')*_`]*[\s,(])/gu)].map(({ index }) => index + 1);
  const starts = [...sentence.matchAll(/(?<=[\s"'(*_`])[\p{L}\p{N}]/gu)].map(({ index }) => index);
  return {
    before: ends.filter((at) => endedSubject.test(sentence.slice(at))),
    behind: starts.filter((at) => endedObject.test(sentence.slice(0, at))),
  };
}

/** What stands behind an object may show that only a part of it has ended. */
export const isWholeObject = (sentence: string, end: number): boolean => closes.test(sentence.slice(end));

/** The opposite, said later, takes it back. */
export const aliveIn = (sentence: string, act: DialogueAct, mentions: readonly Mention[]): Mention[] =>
  assertsNothing.has(act) ? [] : mentions.filter(({ end }) => alive.test(sentence.slice(end)));
