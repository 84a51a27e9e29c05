/** That a fault is no more, so that what was done about it need not be done any longer. */
import type { DialogueAct } from './dialogue-act.js';

const mended = `(?:fixed|resolved|solved|closed|patched|repaired|corrected|cured|sorted(?: out)?|addressed|remedied|eliminated|put right|set right|made good|dealt with|taken care of|straightened out|gone|history|done|over|behind us)`;
const adverb = `(?:now|finally|just|already|since|long|also|recently|fully|completely|permanently|officially|really|definitely)`;
const isMended = new RegExp(
  String.raw`\b(?:is|are|was|were|got|been|'s|'re)\s(?:${adverb}\s)*${mended}\b|\b(?:we|i|they|he|she|team|ops|vendor|upstream|developers?|engineers?|engineering|release|version|update|patch|upgrade|[\d.]+\d)\b(?:\W+(?:have|has|had|${adverb}))*\s(?:${mended.replace('gone|history|done|over|behind us', 'squashed|cleared|killed')})\b|\bfix(?:es)? (?:for \S+ |to \S+ )?(?:is|was|has been|have been|are|were|went) (?:${adverb}\s)*(?:deployed|released|shipped|merged|rolled out|live|out|in|applied|available|installed|in place)\b|\b(?:no longer|not|n't) (?:\w+ )?(?:occurs?|happens?|reproduc\w+|appears?|a problem|an issue|broken|present|fails?|affected)\b(?! yet)|\b(?:solves|fixes|resolves|cures)\s(?!nothing|it for)|\b(?:works?|working|running|runs|scans?|behaves?|fine|ok|okay|healthy|normal) (?:\w+ly )?again\b`,
  'i',
);
/** A way round that is not needed, or was taken out. */
const needless =
  /\b(?:work-?arounds?|work-around|hacks?|kludges?|band-?aids?|special case|manual steps?|extra steps?|detours?|stop-?gaps?|patch|trick|precautions?|that|this|it)\b[^.;]{0,50}\b(?:(?:is|are|was|were)(?: \w+)? (?:not|no longer) (?:needed|necessary|required|used)|(?:isn't|aren't) (?:needed|necessary|required)|not (?:needed|necessary|required)|unnecessary|obsolete|superfluous|redundant|pointless|removed|dropped|retired|deleted|can (?:go|be (?:removed|dropped|forgotten|retired|deleted)))\b|\b(?:no longer|don't|do not) (?:need|require)\b|\b(?:removed|dropped|deleted|took out|retired|ripped out) (?:the|that|this|our|all) (?:\w+ )?(?:work-?arounds?|hacks?|kludges?|stop-?gaps?)\b/i;
const unsure =
  /\b(?:not|never|n't|hardly|barely) (?:\w+ ){0,2}(?:fixed|resolved|solved|closed|patched|repaired|gone)\b|\b(?:should be|must be|supposed|hopefully|partial(?:ly)?|partly|almost|nearly|half|being (?:fixed|worked)|in progress|not yet|yet to|until|once|when|if|reopened|regress\w*|came back|is back|(?:broken|breaks|fails|failing|crashes|back) again|again (?:broken|failing|down)|only (?:in|on|for)|staging|locally|on my machine|my branch|pull request|pr is|waiting)\b/i;

const saysNothing: ReadonlySet<DialogueAct> = new Set([
  'question',
  'report',
  'proposal',
  'request',
  'withdrawal',
]);

/** Of a sentence alone; what it speaks of is the reader's affair. */
export const saysFixed = (sentence: string, act: DialogueAct): boolean =>
  !saysNothing.has(act) && !unsure.test(sentence) && (isMended.test(sentence) || needless.test(sentence));

/** "No, it is back": takes the former back. */
export const saysBroken = (sentence: string, act: DialogueAct): boolean =>
  act !== 'question' &&
  /\b(?:reopened|regress\w*|(?:is|are|came|comes|'s) back|broken again|(?:not|never|n't) (?:\w+ ){0,2}(?:fixed|resolved|solved|gone)|still (?:\w+ )?(?:there|open|broken|failing|fails|needed|necessary|required|happens|occurs)|(?:broken|breaks|fails|failing|crashes|back) again)\b/i.test(
    sentence,
  );

const temporary =
  /\b(?:work-?arounds?|work(?:s|ed|ing)? around|bugs?|defects?|fault(?:y)?|broken|breaks?|glitch\w*|crash\w*|fails?|failing|corrupts?|leaks?|hangs?|stop-?gaps?|hacks?|kludges?|temporar\w+|for now|for the time being|until|as long as|while|because of|due to|owing to|on account of|to avoid|by hand|manually|otherwise)\b/i;
/** A story, a decision: it stays true. */
const story =
  /\b(?:post-?mortems?|root cause|incident report|retrospective|lessons? learn(?:ed|t)|decision|decided|chose|was caused|were caused|happened on|occurred on|discovered on|reported (?:on|by))\b/i;

/** An entry that holds only while something is broken. */
export const isWorkaround = (text: string, labels: string): boolean =>
  !story.test(text) && (temporary.test(text) || /work-?around|stop-?gap|hack|temporary/i.test(labels));
