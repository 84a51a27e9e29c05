/**
 * Tells whether a sentence says that something holds: what is asked, proposed, over or taken back does not.
 */
import { cues } from '../../text/cues.js';
import { negators } from '../../text/word-tables.js';

export const modalities = ['stated', 'asked', 'proposed', 'planned', 'past', 'withdrawn'] as const;
export type Modality = (typeof modalities)[number];

const signs: readonly (readonly [Modality, RegExp])[] = [
  ['asked', /\?\s*$/],
  [
    'withdrawn',
    cues(
      String.raw`
      \b(?:
        revert(?:ed|s|ing)?|rolled back|roll(?:ing)? back|undone|undid|reject(?:ed|s)?|declined
        abandoned|dropped|withdrawn|vetoed|turned down|backed out|called off|cancel(?:led|ed)
        did(?: not|n't) (?:go through|happen|stick|last)
        never (?:happened|adopted|approved|merged|shipped|made it)
      )\b
    `,
      'i',
    ),
  ],
  [
    'proposed',
    cues(
      String.raw`
      \b(?:
        propos(?:ed?|al|es|ing)|suggest(?:ed|s|ion|ing)?|consider(?:ed|ing)?
        (?:should|could|can|shall) we|what if|maybe|perhaps|might|may want|would like to|idea|draft
        thinking (?:of|about)|under discussion|discuss(?:ed|ing)|floated|rfc|pending approval
        not (?:yet )?(?:approved|decided|adopted|agreed)
      )\b
    `,
      'i',
    ),
  ],
  [
    'past',
    cues(
      String.raw`
      \b(?:
        used to|formerly|previously|no longer(?= \p{L})|not any ?more|any ?more(?= |$)
        was .{0,60}\buntil\b|superseded|replaced by|deprecated|obsolete|until recently|in the past
        back then|at (?:the|that) time|originally|initially
      )\b
    `,
      'iu',
    ),
  ],
  [
    'planned',
    cues(
      String.raw`
      \b(?:
        plan(?:s|ned|ning)? to|going to|will be (?:changed|moved|raised|lowered|set|replaced)
        to be (?:changed|moved|raised|lowered|replaced)|scheduled to|intend(?:s|ed)? to
      )\b
    `,
      'i',
    ),
  ],
];

export const modalityOf = (sentence: string): Modality =>
  signs.find(([, sign]) => sign.test(sentence))?.[0] ?? 'stated';

const denying = 'forbidden|prohibited|disallowed|disabled|unsupported|except';
const negation = new RegExp(String.raw`\b(?:${negators}|${denying})\b|n['’]t\b`, 'gi');
/** Limits, which deny nothing: "no more than 16", "not longer than"; also "not only", "no matter". */
const limit = cues(
  String.raw`
    \b(?:
      no|not|never|don['’]t|doesn['’]t|shouldn['’]t|cannot|can['’]t
    )\b(?=(?:\s+[\w-]+){0,8}?\s+(?:
      (?:more|less|fewer|longer|later|earlier|sooner|higher|lower|bigger|smaller|larger|older)|above
      below|over|under|beyond|exceed\w*
    )\b)
    \bnot only\b|\bno matter\b
  `,
  'gi',
);

/** Whether the polarity of a sentence is negative; two negations are none. */
export function isNegated(sentence: string): boolean {
  const all = sentence.match(negation)?.length ?? 0;
  const limits = sentence.match(limit)?.length ?? 0;
  return Math.max(0, all - limits) % 2 === 1;
}
