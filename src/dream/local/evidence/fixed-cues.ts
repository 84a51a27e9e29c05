/** Tables of cues for faults that are no more, and for entries about faults. */
import { alternatives, cues } from '../../text/cues.js';
import { adverbsOfChange } from '../../text/word-tables.js';

const mended = alternatives(`
  (?:
    fixed|resolved|solved|closed|patched|repaired|corrected|cured|sorted(?: out)?|addressed|remedied
    eliminated|put right|set right|made good|dealt with|taken care of|straightened out|gone|history
    done|over|behind us
  )
`);
const adverb = `(?:${adverbsOfChange}|really|definitely)`;
export const isMended = new RegExp(
  alternatives(String.raw`
    \b(?:is|are|was|were|got|been|'s|'re)\s(?:${adverb}\s)*${mended}\b
    \b(?:
      we|i|they|he|she|team|ops|vendor|upstream|developers?|engineers?|engineering|release|version
      update|patch|upgrade|[\d.]+\d
    )\b(?:\W+(?:
      have|has|had|${adverb}
    ))*\s(?:${mended.replace('gone|history|done|over|behind us', 'squashed|cleared|killed')})\b
    \bfix(?:es)? (?:for \S+ |to \S+ )?(?:is|was|has been|have been|are|were|went) (?:${adverb}\s)*(?:
      deployed|released|shipped|merged|rolled out|live|out|in|applied|available|installed|in place
    )\b
    \b(?:no longer|not|n't) (?:\w+ )?(?:
      occurs?|happens?|reproduc\w+|appears?|a problem|an issue|broken|present|fails?|affected
    )\b(?! yet)
    \b(?:solves|fixes|resolves|cures)\s(?!nothing|it for)
    \b(?:works?|working|running|runs|scans?|behaves?|fine|ok|okay|healthy|normal) (?:\w+ly )?again\b
  `),
  'i',
);
/** A way round that is not needed, or was taken out. */
export const needless = cues(
  String.raw`
    \b(?:
      work-?arounds?|work-around|hacks?|kludges?|band-?aids?|special case|manual steps?|extra steps?
      detours?|stop-?gaps?|patch|trick|precautions?|that|this|it
    )\b[^.;]{0,50}\b(?:
      (?:is|are|was|were)(?: \w+)? (?:not|no longer) (?:needed|necessary|required|used)
      (?:isn't|aren't) (?:needed|necessary|required)|not (?:needed|necessary|required)|unnecessary
      obsolete|superfluous|redundant|pointless|removed|dropped|retired|deleted
      can (?:go|be (?:removed|dropped|forgotten|retired|deleted))
    )\b
    \b(?:no longer|don't|do not) (?:need|require)\b
    \b(?:
      removed|dropped|deleted|took out|retired|ripped out
    ) (?:the|that|this|our|all) (?:\w+ )?(?:work-?arounds?|hacks?|kludges?|stop-?gaps?)\b
  `,
  'i',
);
export const unsure = cues(
  String.raw`
    \b(?:not|never|n't|hardly|barely) (?:\w+ ){0,2}(?:
      fixed|resolved|solved|closed|patched|repaired|gone
    )\b
    \b(?:
      should be|must be|supposed|hopefully|partial(?:ly)?|partly|almost|nearly|half
      being (?:fixed|worked)|in progress|not yet|yet to|until|once|when|if|reopened|regress\w*
      came back|is back|(?:broken|breaks|fails|failing|crashes|back) again
      again (?:broken|failing|down)|only (?:in|on|for)|staging|locally|on my machine|my branch
      pull request|pr is|waiting
    )\b
  `,
  'i',
);
export const temporary = cues(
  String.raw`
    \b(?:
      work-?arounds?|work(?:s|ed|ing)? around|bugs?|defects?|fault(?:y)?|broken|breaks?|glitch\w*
      crash\w*|fails?|failing|corrupts?|leaks?|hangs?|stop-?gaps?|hacks?|kludges?|temporar\w+|for now
      for the time being|until|as long as|while|because of|due to|owing to|on account of|to avoid
      by hand|manually|otherwise
    )\b
  `,
  'i',
);
