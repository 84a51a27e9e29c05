/** Tables of cues for entries that tell of the past or record a decision: they stay true. */
import { alternatives, cues } from '../../text/cues.js';

const retrospectives = alternatives(`
  post-?mortems?|root cause|retrospective|lessons? learn(?:ed|t)|decision|decided|chose
`);

/** Signs of a story of a time that is over. */
export const tellsOfPast = cues(
  String.raw`
    \b(?:
      was|were|had|did|used to|ran|went|came|held|served|lasted|stayed|remained|belonged|worked
      existed|since then|afterwards|history|historical(?:ly)?
      (?:we|they|i|he|she|it|which) (?:\w+ly )?\w+ed
    )\b
  `,
  'i',
);

/** Signs of a story of a fault. */
export const tellsOfIncident = cues(
  String.raw`
    \b(?:
      ${retrospectives}
      incident report|was caused|were caused|happened on|occurred on|discovered on|reported (?:on|by)
    )\b
  `,
  'i',
);

/** Signs of a story of a thing that may be no more. */
export const tellsOfChange = cues(
  String.raw`
    \b(?:
      ${retrospectives}
      incident|history|historical(?:ly)?|migrated|replaced|successor|predecessor|formerly|used to|was|were
    )\b
  `,
  'i',
);
