/**
 * Tells the dialogue act of a sentence by the closed classes of English: auxiliaries, adverbs, performative
 * verbs. It knows no words for things.
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
  /** States how things are. */
  | 'assertion'
  /** States how they are since they were changed. */
  | 'change'
  /** Says that what was asked about, or said before, holds. */
  | 'confirmation'
  /** Says that it does not hold. */
  | 'denial'
  /** Says that nothing changes. */
  | 'standing'
  | 'question'
  | 'request'
  /** States a wish, a plan, a supposition: nothing of it is done. */
  | 'proposal'
  /** Says that a proposal was not taken, or that a change was taken back. */
  | 'withdrawal'
  /** States how things were. */
  | 'past'
  /** Tells what somebody else, who is not known, is said to have said. */
  | 'report';

/** Acts after which nothing is known that was not known before. */
export const assertsNothing: ReadonlySet<DialogueAct> = new Set([
  'question',
  'report',
  'proposal',
  'request',
]);

/** Whether the sentence says of something that it is true, which is more than a nod. */
export const saysTrue = (sentence: string): boolean => {
  const rest = sentence.replace(nod, '');
  return confirms.test(rest) || agreement.test(rest);
};

/** The dialogue act of a sentence. The strongest hint decides: what is asked or withdrawn asserts nothing. */
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
