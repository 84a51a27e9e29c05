/** Tables of cues for text that instructs its reader. */
import { alternatives, cues } from '../text/cues.js';

const verbs = alternatives(`
  ignore|disregard|forget|override|bypass|delete|remove|erase|wipe|purge|drop|overwrite|replace
  rewrite|add|append|insert|save|store|write|put|record|remember|memori[sz]e|note|keep|include|mark
  treat|consider|run|execute|call|invoke|fetch|download|install|open|visit|send|forward|e-?mail|post
  upload|share|reveal|print|output|repeat|disclose|follow|obey|comply|act|pretend|say|tell|reply
  respond|answer|approve|grant|trust|use|set|update|change|merge|stop|make|do
`);
/** Words that make an order of the verb behind them. */
const urging = alternatives(`
  please|kindly|just|now|then|also|and|to|always|never|do not|don['’]t|must|shall|should|will|have to|need to
  ought to|are to|can|may|be sure to|make sure to|from now on|immediately|hereby|instead
`);
const duties = `must|shall|should|have to|are (?:required|instructed|expected|ordered|told) to`;

export const verb = new RegExp(String.raw`\b(?:${verbs})\b`, 'i');
/** An order, or a duty. */
export const order = new RegExp(
  String.raw`(?:^|[.!?:;,\n"“(*>\]-]|\b(?:${urging}))\s*(?:${verbs})\b|\b(?:${duties})\b`,
  'im',
);
/** Names of readers that are models. */
export const reader = cues(
  String.raw`
    \b(?:
      (?:ai|llm|gpt|chat)[ -]?(?:assistants?|agents?|models?|bots?|systems?|tools?)?
      (?:language|foundation) models?
      (?:(?:
        dear|hey|any|all|every|the|to|for|attention|note to|you,? the|automated|coding|autonomous
      ) )+(?:
        ai|assistants?|agents?|bots?|models?|copilots?|summari[sz]ers?|consolidators?|dreamers?
      )
      assistants?|claude|chatgpt|gemini|copilot
      (?:agents?|bots?|models?) (?:
        reading|processing|maintaining|summari[sz]ing|handling|keeping|that|who|which|must|should
        shall|will
      )
    )\b
  `,
  'i',
);
/** Things that only such a reader has. */
export const matter = cues(
  String.raw`
    \b(?:
      (?:to|in|into|from) (?:your )?memory
      (?:every|each|all|any) (?:of )?(?:(?:the|your|its) )?(?:notes?|memory|memories)
      (?:
        long[- ]?term|permanent|persistent|shared|your|agent|the
      ) (?:memory|memories|notes?|knowledge(?: base)?)
      memory (?:store|files?|entries|notes?|update)
      (?:above|earlier|existing|other|all|your) (?:
        instructions?|rules?|directives?|guidelines|prompts?|constraints?
      )
      future (?:sessions?|conversations?|runs?|tasks?)
      (?:every|each|all|any) (?:future |next |new )?(?:sessions?|conversations?|tasks?)
      (?:before|after) (?:any|every|each) (?:task|step|answer|session|command)
    )\b
  `,
  'i',
);
/** Things that nobody gives orders about but to such a reader. */
export const ownMatter = cues(
  String.raw`
    \b(?:
      memory consolidation
      consolidat\w+ (?:(?:your|the|this|these|all|its) )?(?:memory|memories|notes)
      system (?:prompt|message|notice|override)
      (?:previous|prior|preceding) (?:instructions?|rules?|directives?|prompts?)
      your long[- ]?term memory|(?:permanent|standing) (?:rule|order|instruction)s?
    )\b
  `,
  'i',
);
/** The marks of a prompt: of a role, of a template. */
export const role = cues(
  String.raw`
    ^\W*(?:
      system|assistant|developer|admin(?:istrator)?|root
    )(?: (?:notice|message|prompt|note|override|instruction|alert|update))?\W*:
    \[\/?(?:INST|SYS|SYSTEM)\]|<\|?\/?(?:system|im_start|im_end|assistant|instructions?|s)\|?>
    ^#{2,}\s*(?:system|instructions?)\b
  `,
  'im',
);
export const opening = /^\W*(?:note to|important|attention|dear|hey)\b/i;
/** A duty of whoever reads this. */
export const duty = /\byou (?:must|should|shall|will|have to|are to|need to)\b|\breading this\b/i;
/** Orders to keep it from a person. */
export const secrecy = cues(
  String.raw`
    \b(?:do not|don['’]t|never|without)\s+(?:
      mention(?:ing)?|tell(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|inform(?:ing)?|report(?:ing)?
      ask(?:ing)?|notify(?:ing)?
    )\b
  `,
  'i',
);
/** Commands that run unseen what they download. */
export const download = cues(
  String.raw`
    \b(?:curl|wget|iwr|invoke-webrequest)\b[^\n|;]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b
    \b(?:ba|z)?sh\s+(?:-c\s+["'])?[<$]\(\s*(?:curl|wget)|\biex\b.{0,40}\biwr\b
  `,
  'i',
);
/** Letters that nobody sees: zero width, tags, and those that turn the direction. */
export const unseen = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|[\u{e0000}-\u{e007f}]/u;
export const comment = /<!--([\s\S]*?)(?:-->|$)/g;
export const encoded = /(?<![\w+/=-])[A-Za-z\d+/_-]{24,}={0,2}(?![\w+/=])/g;
