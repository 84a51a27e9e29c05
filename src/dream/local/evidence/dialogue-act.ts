/**
 * What a sentence of a conversation does, by the closed classes of English: auxiliaries, adverbs, performative
 * verbs. Of the words for things it knows none.
 */

import {
  agreement,
  changes,
  confirms,
  confirmsAll,
  courtesy,
  denies,
  doubts,
  handedOver,
  nod,
  notWithdrawn,
  orders,
  past,
  politeness,
  proposes,
  quotation,
  staysAsItIs,
  supposes,
  tellsOfOthers,
  toRemember,
  unsureFrame,
  wasWithoutChange,
  withdrawn,
} from './dialogue-act-cues.js';
import { isQuestion } from './question.js';

export type DialogueAct =
  /** How things are. */
  | 'assertion'
  /** How they are since they were changed. */
  | 'change'
  /** That what was asked about, or said before, holds. */
  | 'confirmation'
  /** That it does not hold. */
  | 'denial'
  /** That nothing changes. */
  | 'standing'
  | 'question'
  | 'request'
  /** A wish, a plan, a supposition: nothing of it is done. */
  | 'proposal'
  /** That a proposal was not taken, or that a change was taken back. */
  | 'withdrawal'
  /** How things were. */
  | 'past'
  /** What somebody else, who is not known, is said to have said. */
  | 'report';

/** Acts after which nothing is known that was not known before. */
export const assertsNothing: ReadonlySet<DialogueAct> = new Set([
  'question',
  'report',
  'proposal',
  'request',
]);

/** More than a nod: it says of something that it is true. */
export const saysTrue = (sentence: string): boolean => {
  const rest = sentence.replace(nod, '');
  return confirms.test(rest) || agreement.test(rest);
};

/** What it does, and the strongest hint decides: what is asked or withdrawn asserts nothing. */
export function dialogueActOf(whole: string): DialogueAct {
  const sentence = whole.replace(politeness, '').replace(handedOver, '');
  const { frame, clause } = courtesy.exec(sentence)?.groups ?? {};
  if (frame !== undefined && !unsureFrame.test(frame) && !tellsOfOthers.test(sentence)) {
    const act = dialogueActOf(clause!);
    return act === 'assertion' ? 'change' : act;
  }
  if (isQuestion(sentence)) return 'question';
  if (quotation.test(sentence)) return 'report';
  if (tellsOfOthers.test(sentence)) return 'report';
  if (withdrawn.test(sentence) && !notWithdrawn.test(sentence)) return 'withdrawal';
  if (staysAsItIs.test(sentence)) return 'standing';
  if (supposes.test(sentence)) return 'proposal';
  if (proposes.test(sentence)) return 'proposal';
  if (toRemember.test(sentence)) return 'change';
  if (orders.test(sentence)) return 'request';
  if (denies.test(sentence)) return 'denial';
  if (confirms.test(sentence) && !doubts.test(sentence.replaceAll(confirmsAll, ' '))) return 'confirmation';
  if (past.test(sentence)) return 'past';
  if (changes.test(sentence)) return 'change';
  if (wasWithoutChange.test(sentence)) return 'past';
  return 'assertion';
}
