/** Tables of cues for dialogue acts: auxiliaries, adverbs, performative verbs of English. */
import { weekdays } from '../../text/calendar.js';
import { cues, phrases } from '../../text/cues.js';

export const tellsOfOthers = phrases(
  String.raw`
    according to|allegedly|supposedly|reportedly|rumou?rs?
    (?:
      mail|e-?mail|page|article|blog|post|website|site|ticket|message|thread|forum|customer|client
      vendor|caller|sender|someone|somebody|notes?|memory|docs?|documentation|wiki|readme|tutorial
      manual|comment|changelog|faq
    )s?(?: \w+){0,3} (?:
      says?|said|claims?|claimed|states?|stated|writes?|wrote|suggests?|suggested|asks?|asked|wants?
      wanted|mentions?|mentioned|recommends?|recommended|insists?|insisted|argues?|argued
    )
  `,
);
/** Nothing but somebody's words, in quotation marks. */
export const quotation = /^\s*(?:'[^']+'|"[^"]+"|“[^”]+”|‘[^’]+’|«[^»]+»)[.!]?\s*$/;
export const withdrawn = phrases(
  `
    revert(?:s|ed|ing)?|roll(?:ed|s|ing)?[ -]?(?:it |that |this |everything |them )?back|rollback
    backed (?:it |that |this )?out|undid|undone|undo(?:es|ing)?|never ?mind|scratch that
    take (?:that|it) back|took (?:that|it) back|disregard|reject(?:s|ed|ion)?
    turned (?:it |that |this )?down|declin(?:ed|es)|voted (?:it |that |this )?down|decided against
    decided not to
    (?:was|were|is|been|got|has been) (?:
      refused|cancel(?:l)?ed|withdrawn|abandoned|shelved|dropped|vetoed|overruled|postponed|denied
    )
    dropped (?:the|that|this) (?:idea|plan|proposal|change|request)
    not (?:been )?(?:adopted|approved|accepted|agreed|merged|going (?:to happen|ahead))|fell through
    did(?: not|n't) (?:go through|happen|make it|pass|work out|stick)|called (?:it |that |this )?off
    back (?:to|at|on) (?:the )?(?:old|previous|former|original|earlier|prior|what)
    ignore (?:that|my|what i)|forget (?:that|it|what i|my)
    (?:my mistake|i was wrong|i misspoke|i misread|false alarm)
  `,
);
/** Nothing is to change, or nothing has: it answers a question, or it ends a proposal. */
export const staysAsItIs = cues(
  String.raw`
    \b(?:
      nothing (?:changes|changed|will change)
      (?:stays?|stayed|remains?|keeps?|left|leave|leaving|keep|keeping) (?:\w+ ){0,3}(?:
        as (?:it|they|things) (?:is|are|was|were)|as[- ]is|unchanged|untouched|the same|the way
        where (?:it|they) (?:is|are)|what (?:it|we|they)
      )
      (?:
        keep|keeping|stay(?:ing)? with|stick(?:ing)? (?:with|to)
      ) (?:the )?(?:old|current|existing|present|previous)
    )\b
  `,
  'i',
);
/** "Nothing was reverted", "has not been rolled back". */
export const notWithdrawn =
  /\b(?:not|never(?! ?mind)|n't|nothing|no)\b(?:\W+\w+){0,3}\W+(?:revert|roll|back|undo|reject|declin)\w*/i;
export const supposes = phrases(
  `
    what if|suppose|supposing|imagine|let(?:'s| us) (?:say|assume|pretend)|assum(?:e|ing)
    hypothetically|in theory|theoretically|perhaps|maybe|possibly|probably|presumably|apparently
    i (?:think|guess|believe|suspect|assume|suppose)|i(?:'m| am) not (?:sure|certain)|not sure|no idea
    if i (?:remember|recall)|as far as i (?:know|remember|recall)
    (?:i|we|you|they|it|that|this) (?:might|could|would|should|may)|(?:i|we|you|they)'d
    if (?:we|i|you|they|it) (?:
      were|was|had|could|change|changed|set|raise|raised|lower|lowered|move|moved|switch|switched|go
      went|want|wanted
    )
    might be|could be|would be|may be|may become|might become|would become
  `,
);
export const proposes = phrases(
  String.raw`
    propos(?:e|es|ed|al|als|ing)|suggest(?:s|ed|ion|ions|ing)?|consider(?:s|ed|ing)?
    thinking (?:about|of)|thought (?:about|of)(?! to)|contemplat\w+|let(?:'s| us)|shall we|how about
    what about|want(?:s|ed)? (?:to|it|us|you|me)|(?:i|we|they|he|she) would like
    (?:i|we|they|he|she)'d like|plan(?:s|ned|ning)?(?: is| was)? to|planned|planning
    intend(?:s|ed|ing)?|(?:is|are|am|'re|'m|'s) (?:going|about|due|scheduled|supposed|meant) to
    (?:we|i|they|it|he|she|you)(?:'ll| will| shall)
    will (?:be|become|move|change|switch|go|rise|drop|get|have)|idea|ideas|discuss(?:ed|ing|ion|es)?
    debat\w+|draft(?:s|ed)?|pending|awaiting|wait(?:s|ing)? for (?:approval|review|sign)|wish(?:es)?
    hop(?:e|es|ing)|recommend(?:s|ed|ation)?|ask(?:s|ed|ing)? (?:for|to|us|me|you|whether|if)
    (?<!\b(?:from|per|each|every|on) )request(?:s|ed|ing)?|try(?:ing)? out|experiment(?:s|ed|ing)?
    wonder(?:s|ed|ing)?|argu(?:e|es|ed|ing) (?:for|that)
    (?:next|coming|from next|starting next) (?:
      week|month|quarter|year|${weekdays.working}|sprint|release|spring|summer
      autumn|fall|winter
    )
    (?:from |by |until |as of )?tomorrow|eventually|sooner or later|some ?day|later this|todo|to-do
  `,
);
/**
 * A verb of changing at the head of the sentence, or any verb behind "please": somebody is told to do it now.
 */
export const orders = cues(
  String.raw`
    ^\W*(?:(?:now|then|also|and|ok|okay|so|next|great|good|thanks|first)\W+)*(?:
      (?:please|kindly|go ahead and|can you|could you)\W+(?!use|keep|leave|go|note)\p{L}+
      (?:
        change|set|bump|raise|increase|lower|reduce|decrease|switch|adjust|edit|fix|rename|rewrite
        upgrade|downgrade|update|patch|migrate|deploy|configure|add|remove|delete|drop|show|tell|check
        find out|verify|create|write|draft|prepare|revert|restore
      )\b
    )(?!\s*[:–—-])
  `,
  'iu',
);
/** Told to remember: what follows is meant as a fact. */
export const toRemember = cues(
  String.raw`
    ^\W*(?:[\w']+\W+){0,4}?(?:please\W+)?(?:
      update|correct|change|fix|adjust|add|put|write|set
    )\b(?:\W+\w+){0,3}\W+(?:
      notes?|memory|memories|records?|entry|docs?|documentation|knowledge|wiki
    )\b
    ^\W*(?:please\W+)?(?:
      remember|note|record|memorise|memorize|keep in mind|bear in mind|be aware|mind|take note
      jot down|use
    )\b
    \b(?:for|in|into|to) (?:your|the|our|my) (?:notes?|memory|records?|files?)\b
  `,
  'i',
);
export const confirms = cues(
  String.raw`
    ^\W*(?:(?:ok|okay|so|and|well|great|good|right)\W+)*(?:
      yes|yep|yeah|yup|correct|confirmed|indeed|exactly|affirmative|true
      that(?:'s| is) (?:right|correct|true)|right
    )\b
    \b(?:still|remains?) (?:\w+ )?(?:
      right|correct|true|valid|accurate|current|holds?|stands?|applies|apply|the case|the same
      in force|in place|good|so|unchanged|up to date
    )\b
    \b(?:
      can confirm|confirm(?:ed|s)? (?:that|it|this)|has(?:n't| not) changed|have(?:n't| not) changed
      is unchanged|nothing (?:has )?changed|no change|matches|is (?:right|correct|accurate)|checks out
      still (?:is|does|holds)|holds true
    )\b
  `,
  'i',
);
export const confirmsAll = new RegExp(confirms.source, 'gi');
export const doubts =
  /\b(?:if|whether|unless|until|not|never|nobody|nothing|no idea|cannot|unclear|unknown|n't)\b|n't\b/i;
export const agreement = /\b(?:accurate|correct|right|true|valid|confirmed|matches|unchanged|current)\b/i;
export const nod = cues(
  String.raw`
    ^\W*(?:(?:ok|okay|so|and|well|great|good|right)\W+)*(?:
      yes|yep|yeah|yup|correct|indeed|exactly|affirmative|true|right
    )\b
  `,
  'i',
);
export const denies = cues(
  String.raw`
    ^\W*(?:(?:ok|okay|so|and|well|hm+|oh)\W+)*(?:
      no|nope|wrong|incorrect|false
    )\b(?! (?:change|problem|worries|need|doubt|question))
    \b(?:not|isn't|no longer|n't) (?:\w+ ){0,2}(?:
      right|correct|true|valid|accurate|current|the case|sure|certain
    )\b
    \b(?:is|was|that's|it's) (?:wrong|incorrect|outdated|out of date|obsolete|false)\b
  `,
  'i',
);
export const changes = phrases(
  String.raw`
    (?:
      has|have|had|was|were|is|are|been|be|got|just|now|we|i|they|he|she
    ) (?:just |now |already |recently |finally |since )?(?:been |all )?(?:
      chang|set|mov|rais|lower|bump|switch|updat|reduc|increas|decreas|upgrad|downgrad|migrat|replac
      renam|reconfigur|adjust|cut|doubl|halv|extend|shorten|shift|reassign|hand|transferr|swapp|tak
      pinn|repinn
    )\w*
    changed|is now|are now
    now (?:
      is|are|at|on|in|runs?|uses?|has|have|needs?|goes|go|takes?|listens?|lives?|keeps?|allows?
      points?|reads?
    )
    from now on|as of (?:now|today|this|yesterday)
    since (?:today|yesterday|this|last|${weekdays.working}|the)
    effective (?:now|immediately|today)|starting (?:now|today)
    new(?:ly)? (?:
      value|number|limit|setting|name|address|owner|default|figure|rule|version|one|contact|channel
    )
    the new|correction|corrected|actually|instead|no longer|not any ?more|update|heads[- ]up|fyi|news
    not \S+ but
  `,
);
export const past = cues(
  String.raw`
    \b(?:
      used to|previously|formerly|originally|back then|at the time|in the past|historically|once upon
      had been|until (?:last|recently|yesterday|we|the|now)
      in (?:19|20)\d\d (?:it|we|they) (?:was|were|had|used)|years? ago|months? ago
    )\b
  `,
  'i',
);
export const wasWithoutChange = cues(
  String.raw`
    \b(?:was|were)\b(?!\W+(?:\w+ly\W+)?(?:just\W+|now\W+|recently\W+)?(?:
      set|chang|mov|rais|lower|bump|switch|updat|reduc|increas|decreas|upgrad|migrat|replac|renam
      adjust|cut|doubl|halv|extend|shorten|shift|reassign|hand|transferr|pinn|fix|resolv|remov|delet
      shut|turn|retir|decommission|merg|deploy|dissolv|disabl|enabl|releas|made|put|given|taken|agreed
      decided|confirm|correct|wrong|right|tak
    )\w*)
  `,
  'i',
);
/**
 * "Could I ask you to note that …", "I thought you would like to know that …": it is what follows that
 * counts.
 */
export const courtesy = cues(
  String.raw`
    ^\W*(?<frame>(?:[\w',]+\s+){0,14}?(?:
      know|hear|note|mention|tell you|inform you|remind you|remember|aware|in mind|point out|add
      announce
    ))\s+that\s+(?<clause>.{8,}?)\??$
  `,
  'i',
);
export const unsureFrame = /\b(?:if|whether|not|never|n't|nobody|no one|how|why|they|he|she|who)\b|n't\b/i;
/** "A correction, if I may: …" asks for nothing and supposes nothing. */
export const politeness = cues(
  String.raw`
    ,?\s*\bif (?:i|we) (?:may|might|could)(?: (?:
      say|add|mention|note
    )(?: so| that| this)?)?(?=\s*(?:[,.:;–—-]|$))
  `,
  'gi',
);
/** A text that somebody is to read, translate or reword: who hands it over says none of it. */
export const handedOver = /(?<=:\s*)(?:'[^']+'|"[^"]+"|“[^”]+”|‘[^’]+’|«[^»]+»)\s*[.!]?\s*$/;
