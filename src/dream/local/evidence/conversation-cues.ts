/** Tables of cues for messages: undecided, announcing. */
import { cues } from '../../text/cues.js';

/** Takes the force from everything else in the message. */
export const undecided = cues(
  String.raw`
    \b(?:
      (?:nothing|not|n't|never|no)(?:\W+\w+){0,2}\W+(?:
        decided|final|agreed|settled|approved|official|certain
      )
      undecided|no decision|tbd|to be (?:decided|confirmed|discussed)
      under (?:discussion|consideration|review)|up for (?:discussion|debate)
      still (?:open|discussing|thinking|unclear)
      just (?:an idea|a thought|thinking aloud|brainstorming|a proposal|kidding|joking)
      only (?:an idea|a thought|a proposal|a draft)
    )\b
  `,
  'i',
);
/** Makes everything else in the message news. */
export const announcement = cues(
  String.raw`
    \b(?:
      (?:this|that|it|which) (?:replaces|supersedes|overrides|overrules)
      (?:replac|supersed|overrid|overrul)es? (?:what|whatever|the|everything|all|any|our|my|your)
      instead of (?:what|the)|whatever (?:we|you|i) (?:had|have|know|knew)
      what(?:ever)? you (?:have|know|had|knew)|no longer|not any ?more|from now on|going forward
      from today|effective (?:today|immediately|now)|things (?:have )?(?:changed|moved on)
      (?:has|have|was|were) (?:just |now )?(?:been )?changed|bear in mind|keep in mind
      please (?:note|remember)|make a note|for (?:your|the|our) (?:notes|records|memory|files)
    )\b
  `,
  'i',
);
/** A lead to something else: no number and no name in it, and a colon or a dash behind it. */
export const lead = /^([^:\d"'`#@/]{2,90}?)(?:\s[-–—]+|:)\s+(?=\S)/;
/** "FYI we moved it". */
export const abbreviatedLead = /^\s*(?:FYI|BTW|PSA)\b[\s,:–—-]+(?=\p{L})/iu;
/** The words of an announcement: who speaks to whom, when, about what kind of thing; nothing else. */
export const announcing = cues(
  String.raw`
    \b(?:
      please|heads[- ]up|fyi|note|notes|noted|update|updated|updating|correction|corrected|news
      reminder|remember|now|today|yesterday|changed?|changes|new|actually|attention|important|info
      information|btw|by the way|for your|from now on|going forward|effective|decided|decision
      announcement|quick|confirmed|checked|verified|that|this|it|we|i|you|your|our|my|says?
      the following
    )\b
  `,
  'i',
);
