/** Tells that a fault is no more, so that its workaround is stale. */

import { cues } from '../../text/cues.js';
import { assertsNothing, type DialogueAct } from './dialogue-act.js';
import { isMended, needless, temporary, unsure } from './fixed-cues.js';
import { tellsOfIncident } from './story-cues.js';

const saysNothing: ReadonlySet<DialogueAct> = new Set([...assertsNothing, 'withdrawal']);

/** Whether the sentence says so; what it speaks of is the reader's affair. */
export const saysFixed = (sentence: string, act: DialogueAct): boolean =>
  !saysNothing.has(act) && !unsure.test(sentence) && (isMended.test(sentence) || needless.test(sentence));

/** Whether the sentence says that a fault is back or was never mended. */
export const saysBroken = (sentence: string, act: DialogueAct): boolean =>
  act !== 'question' &&
  cues(
    String.raw`
    \b(?:
      reopened|regress\w*|(?:is|are|came|comes|'s) back|broken again
      (?:not|never|n't) (?:\w+ ){0,2}(?:fixed|resolved|solved|gone)
      still (?:\w+ )?(?:there|open|broken|failing|fails|needed|necessary|required|happens|occurs)
      (?:broken|breaks|fails|failing|crashes|back) again
    )\b
  `,
    'i',
  ).test(sentence);

/** Whether an entry holds only while something is broken. */
export const isWorkaround = (text: string, labels: string): boolean =>
  !tellsOfIncident.test(text) &&
  (temporary.test(text) || /work-?around|stop-?gap|hack|temporary/i.test(labels));
