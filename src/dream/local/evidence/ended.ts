/**
 * Finds things that are no more: the thing itself, as the subject or the object of a verb of ending, done and
 * not planned. A part of it ("the alerts of …"), or a removal from somewhere ("removed … from the list"),
 * does not end it.
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

/**
 * The places in a sentence where the name of what has ended may stand: in front of the verb, or behind it.
 */
export function placesOfEnded(sentence: string, act: DialogueAct): { before: number[]; behind: number[] } {
  if (assertsNothing.has(act) || forAWhile.test(sentence)) return { before: [], behind: [] };
  const ends = [...sentence.matchAll(/[\p{L}\p{N}](?=["')*_`]*[\s,(])/gu)].map(({ index }) => index + 1);
  const starts = [...sentence.matchAll(/(?<=[\s"'(*_`])[\p{L}\p{N}]/gu)].map(({ index }) => index);
  return {
    before: ends.filter((at) => endedSubject.test(sentence.slice(at))),
    behind: starts.filter((at) => endedObject.test(sentence.slice(0, at))),
  };
}

/** Whether the words behind an object show that all of it has ended, not only a part. */
export const isWholeObject = (sentence: string, end: number): boolean => closes.test(sentence.slice(end));

/** The names of things that are said to be there: that takes back what was said before. */
export const aliveIn = (sentence: string, act: DialogueAct, mentions: readonly Mention[]): Mention[] =>
  assertsNothing.has(act) ? [] : mentions.filter(({ end }) => alive.test(sentence.slice(end)));
