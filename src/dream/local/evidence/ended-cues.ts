/** Tables of cues for the end of a thing. */
import { alternatives, cues } from '../../text/cues.js';
import { adverbsOfChange } from '../../text/word-tables.js';

/** Words for a system besides its name. */
const kindOfThing = alternatives(`
  (?:
    services?|systems?|servers?|apps?|applications?|projects?|products?|tools?|clusters?|environments?
    platforms?|matters?|cases?|instances?|machines?|hosts?|packages?|library|module|programmes?
    programs?|sites?|components?|devices?|models?|integrations?|scripts?|files?|folders?
    director(?:y|ies)|repos?|repository|repositories|pages?|jobs?|box|vm|itself
  )
`);
export const ended = alternatives(`
  (?:
    decommission?ed|retired|shut ?down|shut off|switched off|turned off|powered (?:down|off)
    torn down|taken (?:down|offline|out of (?:service|use|operation))|dismantled|scrapped|removed
    deleted|erased|discontinued|sunset(?:ted)?|phased out|killed(?: off)?|abolished|dissolved
    terminated|wound (?:up|down)|closed(?: down| for good)?|shut (?:for good|permanently)
    cancel(?:l)?ed|withdrawn|archived|unplugged|mothballed|axed|disposed of|thrown (?:away|out)
    put out of (?:service|use)|pulled down|demolished|knocked down|razed|wiped|ditched|binned|nuked
    written off|sold off|let go|laid to rest|put to rest
  )
`);
const adverb = `(?:${adverbsOfChange}|entirely|all|both|then|meanwhile|gone and|safely|quietly)`;
const gone = alternatives(String.raw`
  (?:
    gone|dead|no more|history|out of (?:service|use|operation|business)|offline for good
    end[- ]of[- ]life
    no longer (?:\w+ )?(?:
      in use|used|running|there|around|available|supported|active|alive|with us|needed|exists?
      existing|in (?:service|operation|production)
    )
    not (?:in use|used|running|there|around) any ?more|off since|off for good|down for good
  )
`);
const be = `(?:is|are|was|were|got|(?:has|have|had) (?:${adverb} )?been|(?:'s|'ve) been)`;
/** Directly behind the name. */
export const endedSubject = new RegExp(
  alternatives(String.raw`
    ^["')*_\x60]*(?:\s${kindOfThing})?(?:\s\([^)]*\)|,[^,]{1,40},)?\s(?:${adverb}\s)*(?:
      ${be}\s(?:${adverb}\s)*(?:${ended}|${gone})|(?:no longer|not) exists?\b
      (?:does|do)(?:n't| not) exist\b|ceased to
      went to (?:recycling|scrap|landfill|the (?:dump|tip|scrapyard|bin|junk ?yard))
      went (?:away|offline for good|out of (?:service|business))|reached (?:its )?end of life
      (?:has|have) (?:${adverb}\s)*(?:ended|ceased|closed|gone)|shut down\b|closed down\b
    )
  `),
  'i',
);
/** Directly before the name. */
export const endedObject = cues(
  String.raw`
    \b(?:
      decommission?ed|retired|shut down|shut off|switched off|turned off|powered (?:down|off)
      tore down|took (?:down|offline)|dismantled|scrapped|removed|deleted|erased|dropped|discontinued
      sunset|phased out|killed(?: off)?|terminated|wound (?:up|down)|closed(?: down)?|cancel(?:l)?ed
      archived|unplugged|mothballed|axed|got rid of|disposed of|threw (?:away|out)|ditched|binned
      nuked|wiped|pulled down|demolished|knocked down|said goodbye to
      (?:no longer|don't|do not) (?:\w+ )?(?:have|use|run|operate|offer|support)
    )\s(?:(?:
      the|our|that|this|its|old|whole|entire|last|ancient|remaining|obsolete|unused|legacy|service
      system|server|script|file|app|project|tool
    )\s)*["'(*_\x60]*$
  `,
  'i',
);
/** Words that may stand behind an object that was ended as a whole. */
export const closes = cues(
  String.raw`
    ^["')*_\x60]*(?:\s(?:
      service|system|server|app|application|project|tool|cluster|environment|platform|script|file
      for good|altogether|completely|entirely
    ))?(?:
      $|[.,;:!)]
      \s(?:
        last|this|yesterday|today|in|on|at|for|because|since|after|and|so|as|with|which|when|now
        already|ages|weeks?|months?|two|three|a|some|earlier|before|by
        from (?:
          production|service|everywhere|all|disk
          the (?:repo|repository|cluster|disk|server|estate|fleet)
        )
        everywhere|any ?more|-|–|—
      )(?=\W|$)
    )
  `,
  'i',
);
/** Signs that it will be back, or that it is only meant for a while. */
export const forAWhile = cues(
  String.raw`
    \b(?:
      temporar\w+|briefly
      for (?:the |a |an )?(?:
        maintenance|upgrade|weekend|test|tests|night|moment|time being|while|hour|minute|now
      )
      until|till|back (?:up|on|again|online)|again|by mistake|accidentally|restarted?|brought back
      re-?enabled|partial(?:ly)?|almost|nearly|half
    )\b
  `,
  'i',
);
export const alive = cues(
  String.raw`
    ^["')*_\x60]*\s(?:
      (?:is|are|was|were|has been) (?:\w+ ){0,2}(?:
        back|running|alive|up|healthy|restored|revived|reinstated|reactivated|in use|live|there
      )
      came back|still (?:\w+ ){0,2}(?:exists?|runs?|running|in use|there|used|needed)|exists again
    )\b
  `,
  'i',
);
