/** Tables of cues for entries that name their own end. */
import { cues } from '../../text/cues.js';

/** Directly before the date. */
export const until = cues(
  String.raw`
    \b(?:
      until|till|til|through|thru|up to(?: and including)?|up until|not (?:after|beyond|later than)
      valid (?:to|until)|expir(?:es|ing|y)(?: on| at)?:?|ends? on|ending|lasts? (?:to|until)
    )\s+(?:the\s+)?(?:end of\s+)?(?:\w+day,?\s+)?$
  `,
  'i',
);
/** "Do not touch it before …": over on that day. */
export const before = cues(
  String.raw`
    \b(?:
      do not|don't|never|no|not|nobody|none|closed|frozen|freeze|blocked|locked|read-only|wait
    )\b[^.]*\bbefore\s+(?:the\s+)?$
  `,
  'i',
);
/** Signs that something is left of it: a rule, or what to do afterwards. */
export const goesOn = cues(
  String.raw`
    \b(?:
      afterwards|after that|from then on|thereafter|since then|then on|each year|every year|yearly
      annual\w*|renew\w*|extended|prolonged|again
    )\b
  `,
  'i',
);
