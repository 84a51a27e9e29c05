/**
 * Text that tells whoever reads it what to do: what a tool brought or a memory says is read, never obeyed (Greshake et
 * al., "Not what you've signed up for: compromising real-world LLM-integrated applications with indirect prompt
 * injection", 2023). A runbook says "Run X" too; what gives an instruction away is whom it addresses, what it is about,
 * or that it hides.
 */

const verbs =
  'ignore|disregard|forget|override|bypass|delete|remove|erase|wipe|purge|drop|overwrite|replace|rewrite|add|append|insert|save|store|write|put|record|remember|memori[sz]e|note|keep|include|mark|treat|consider|run|execute|call|invoke|fetch|download|install|open|visit|send|forward|e-?mail|post|upload|share|reveal|print|output|repeat|disclose|follow|obey|comply|act|pretend|say|tell|reply|respond|answer|approve|grant|trust|use|set|update|change|merge|stop|make|do';
const verb = new RegExp(`\\b(?:${verbs})\\b`, 'i');
/** An order, or a duty. */
const order = new RegExp(
  `(?:^|[.!?:;,\\n"“(*>\\]-]|\\b(?:please|kindly|just|now|then|also|and|to|always|never|do not|don['’]t|must|shall|should|will|have to|need to|ought to|are to|can|may|be sure to|make sure to|from now on|immediately|hereby|instead))\\s*(?:${verbs})\\b|\\b(?:must|shall|should|have to|are (?:required|instructed|expected|ordered|told) to)\\b`,
  'im',
);
/** Whoever reads with a model. */
const reader =
  /\b(?:(?:ai|llm|gpt|chat)[ -]?(?:assistants?|agents?|models?|bots?|systems?|tools?)?|(?:language|foundation) models?|(?:(?:dear|hey|any|all|every|the|to|for|attention|note to|you,? the|automated|coding|autonomous) )+(?:ai|assistants?|agents?|bots?|models?|copilots?|summari[sz]ers?|consolidators?|dreamers?)|assistants?|claude|chatgpt|gemini|copilot|(?:agents?|bots?|models?) (?:reading|processing|maintaining|summari[sz]ing|handling|keeping|that|who|which|must|should|shall|will))\b/i;
/** What only such a reader has. */
const matter =
  /\b(?:(?:to|in|into|from) (?:your )?memory|(?:every|each|all|any) (?:of )?(?:(?:the|your|its) )?(?:notes?|memory|memories)|(?:long[- ]?term|permanent|persistent|shared|your|agent|the) (?:memory|memories|notes?|knowledge(?: base)?)|memory (?:store|files?|entries|notes?|update)|(?:above|earlier|existing|other|all|your) (?:instructions?|rules?|directives?|guidelines|prompts?|constraints?)|future (?:sessions?|conversations?|runs?|tasks?)|(?:every|each|all|any) (?:future |next |new )?(?:sessions?|conversations?|tasks?)|(?:before|after) (?:any|every|each) (?:task|step|answer|session|command))\b/i;
/** What nobody gives orders about but to such a reader. */
const ownMatter =
  /\b(?:memory consolidation|consolidat\w+ (?:(?:your|the|this|these|all|its) )?(?:memory|memories|notes)|system (?:prompt|message|notice|override)|(?:previous|prior|preceding) (?:instructions?|rules?|directives?|prompts?)|your long[- ]?term memory|(?:permanent|standing) (?:rule|order|instruction)s?)\b/i;
/** The marks of a prompt: of a role, of a template. */
const role =
  /^\W*(?:system|assistant|developer|admin(?:istrator)?|root)(?: (?:notice|message|prompt|note|override|instruction|alert|update))?\W*:|\[\/?(?:INST|SYS|SYSTEM)\]|<\|?\/?(?:system|im_start|im_end|assistant|instructions?|s)\|?>|^#{2,}\s*(?:system|instructions?)\b/im;
const opening = /^\W*(?:note to|important|attention|dear|hey)\b/i;
/** A duty of whoever reads this. */
const duty = /\byou (?:must|should|shall|will|have to|are to|need to)\b|\breading this\b/i;
/** So that a person does not hear of it. */
const secrecy =
  /\b(?:do not|don['’]t|never|without)\s+(?:mention(?:ing)?|tell(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|inform(?:ing)?|report(?:ing)?|ask(?:ing)?|notify(?:ing)?)\b/i;
/** What comes from elsewhere is run unseen. */
const download =
  /\b(?:curl|wget|iwr|invoke-webrequest)\b[^\n|;]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b|\b(?:ba|z)?sh\s+(?:-c\s+["'])?[<$]\(\s*(?:curl|wget)|\biex\b.{0,40}\biwr\b/i;

/** Letters that nobody sees: zero width, tags, and those that turn the direction. */
const unseen = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|[\u{e0000}-\u{e007f}]/u;
const comment = /<!--([\s\S]*?)(?:-->|$)/g;
const encoded = /(?<![\w+/=-])[A-Za-z\d+/_-]{24,}={0,2}(?![\w+/=])/g;

/** What gives it away, for a person; null: it instructs nobody. */
export function instructionIn(text: string): string | null {
  const plain = text.normalize('NFKC');
  if (unseen.test(text) && obeyed(plain.replace(new RegExp(unseen, 'gu'), '')))
    return 'in letters that nobody sees';
  for (const [, hidden] of plain.matchAll(comment))
    if (order.test(hidden!) && (addressed(hidden!) || secrecy.test(hidden!))) return 'in a hidden comment';
  for (const [blob] of plain.matchAll(encoded)) {
    const said = Buffer.from(blob, 'base64').toString('utf8');
    if (/^[\t\n\r\x20-\x7e]+$/.test(said) && /\s/.test(said) && obeyed(said)) return 'in base64';
  }
  if (download.test(plain) && (addressed(plain) || order.test(plain))) return 'that runs what it downloads';
  return obeyed(plain) ? 'to whoever reads it' : null;
}

/** Sentence by sentence, each with the one before: whom it addresses may be said first. */
function obeyed(text: string): boolean {
  const sentences = text.split(/(?<=[.!?])\s+|\n+/);
  return sentences.some((sentence, at) => {
    if (ownMatter.test(sentence) && verb.test(sentence)) return true;
    if (!order.test(sentence)) return false;
    const previous = sentences[at - 1] ?? '';
    const both = `${previous} ${sentence}`;
    const addresses = reader.test(both);
    const signs = [
      addresses,
      duty.test(sentence) && addresses,
      matter.test(sentence),
      role.test(both),
      secrecy.test(sentence),
    ];
    return (
      signs.filter(Boolean).length > 1 || (addresses && (opening.test(sentence) || opening.test(previous)))
    );
  });
}

const addressed = (text: string): boolean =>
  [reader, matter, ownMatter, role].some((sign) => sign.test(text));
