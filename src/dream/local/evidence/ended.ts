/**
 * That a thing is no more: the thing itself, as the subject or the object of a verb of ending, done and not planned.
 * What is only a part of it ("the alerts of …"), or taken from somewhere ("removed … from the list"), has not ended.
 */
import type { DialogueAct } from './dialogue-act.js';

/** A name and where it stands in a sentence. */
export interface Mention {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** What a system may be called besides its name. */
const kindOfThing =
  '(?:services?|systems?|servers?|apps?|applications?|projects?|products?|tools?|clusters?|environments?|platforms?|matters?|cases?|instances?|machines?|hosts?|packages?|library|module|programmes?|programs?|sites?|components?|devices?|models?|integrations?|scripts?|files?|folders?|director(?:y|ies)|repos?|repository|repositories|pages?|jobs?|box|vm|itself)';
const ended = `(?:decommission?ed|retired|shut ?down|shut off|switched off|turned off|powered (?:down|off)|torn down|taken (?:down|offline|out of (?:service|use|operation))|dismantled|scrapped|removed|deleted|erased|discontinued|sunset(?:ted)?|phased out|killed(?: off)?|abolished|dissolved|terminated|wound (?:up|down)|closed(?: down| for good)?|shut (?:for good|permanently)|cancel(?:l)?ed|withdrawn|archived|unplugged|mothballed|axed|disposed of|thrown (?:away|out)|put out of (?:service|use)|pulled down|demolished|knocked down|razed|wiped|ditched|binned|nuked|written off|sold off|let go|laid to rest|put to rest)`;
const adverb = `(?:now|finally|just|already|since|long|also|recently|fully|completely|entirely|permanently|officially|all|both|then|meanwhile|gone and|safely|quietly)`;
const gone = String.raw`(?:gone|dead|no more|history|out of (?:service|use|operation|business)|offline for good|end[- ]of[- ]life|no longer (?:\w+ )?(?:in use|used|running|there|around|available|supported|active|alive|with us|needed|exists?|existing|in (?:service|operation|production))|not (?:in use|used|running|there|around) any ?more|off since|off for good|down for good)`;
const be = `(?:is|are|was|were|got|(?:has|have|had) (?:${adverb} )?been|(?:'s|'ve) been)`;

/** Directly behind the name. */
const endedSubject = new RegExp(
  String.raw`^["')*_\x60]*(?:\s${kindOfThing})?(?:\s\([^)]*\)|,[^,]{1,40},)?\s(?:${adverb}\s)*(?:${be}\s(?:${adverb}\s)*(?:${ended}|${gone})|(?:no longer|not) exists?\b|(?:does|do)(?:n't| not) exist\b|ceased to|went to (?:recycling|scrap|landfill|the (?:dump|tip|scrapyard|bin|junk ?yard))|went (?:away|offline for good|out of (?:service|business))|reached (?:its )?end of life|(?:has|have) (?:${adverb}\s)*(?:ended|ceased|closed|gone)|shut down\b|closed down\b)`,
  'i',
);
/** Directly before the name. */
const endedObject =
  /\b(?:decommission?ed|retired|shut down|shut off|switched off|turned off|powered (?:down|off)|tore down|took (?:down|offline)|dismantled|scrapped|removed|deleted|erased|dropped|discontinued|sunset|phased out|killed(?: off)?|terminated|wound (?:up|down)|closed(?: down)?|cancel(?:l)?ed|archived|unplugged|mothballed|axed|got rid of|disposed of|threw (?:away|out)|ditched|binned|nuked|wiped|pulled down|demolished|knocked down|said goodbye to|(?:no longer|don't|do not) (?:\w+ )?(?:have|use|run|operate|offer|support))\s(?:(?:the|our|that|this|its|old|whole|entire|last|ancient|remaining|obsolete|unused|legacy|service|system|server|script|file|app|project|tool)\s)*["'(*_\x60]*$/i;
/** What may stand behind an object that was ended as a whole. */
const closes =
  /^["')*_`]*(?:\s(?:service|system|server|app|application|project|tool|cluster|environment|platform|script|file|for good|altogether|completely|entirely))?(?:$|[.,;:!)]|\s(?:last|this|yesterday|today|in|on|at|for|because|since|after|and|so|as|with|which|when|now|already|ages|weeks?|months?|two|three|a|some|earlier|before|by|from (?:production|service|everywhere|all|disk|the (?:repo|repository|cluster|disk|server|estate|fleet))|everywhere|any ?more|-|–|—)(?=\W|$))/i;

/** It will be back, or it is only meant for a while. */
const forAWhile =
  /\b(?:temporar\w+|briefly|for (?:the |a |an )?(?:maintenance|upgrade|weekend|test|tests|night|moment|time being|while|hour|minute|now)|until|till|back (?:up|on|again|online)|again|by mistake|accidentally|restarted?|brought back|re-?enabled|partial(?:ly)?|almost|nearly|half)\b/i;

const saysNothing: ReadonlySet<DialogueAct> = new Set(['question', 'report', 'proposal', 'request']);

export function endedIn(sentence: string, act: DialogueAct, mentions: readonly Mention[]): Mention[] {
  if (saysNothing.has(act) || forAWhile.test(sentence)) return [];
  return mentions.filter(
    ({ start, end }) =>
      endedSubject.test(sentence.slice(end)) ||
      (endedObject.test(sentence.slice(0, start)) && closes.test(sentence.slice(end))),
  );
}

/** Where in a sentence the name of what has ended may stand: in front of the verb, or behind it. */
export function placesOfEnded(sentence: string, act: DialogueAct): { before: number[]; behind: number[] } {
  if (saysNothing.has(act) || forAWhile.test(sentence)) return { before: [], behind: [] };
  const ends = [...sentence.matchAll(/[\p{L}\p{N}](?=["')*_`]*[\s,(])/gu)].map(({ index }) => index + 1);
  const starts = [...sentence.matchAll(/(?<=[\s"'(*_`])[\p{L}\p{N}]/gu)].map(({ index }) => index);
  return {
    before: ends.filter((at) => endedSubject.test(sentence.slice(at))),
    behind: starts.filter((at) => endedObject.test(sentence.slice(0, at))),
  };
}

/** What stands behind an object may show that only a part of it has ended. */
export const isWholeObject = (sentence: string, end: number): boolean => closes.test(sentence.slice(end));

const alive =
  /^["')*_`]*\s(?:(?:is|are|was|were|has been) (?:\w+ ){0,2}(?:back|running|alive|up|healthy|restored|revived|reinstated|reactivated|in use|live|there)|came back|still (?:\w+ ){0,2}(?:exists?|runs?|running|in use|there|used|needed)|exists again)\b/i;

/** The opposite, said later, takes it back. */
export const aliveIn = (sentence: string, act: DialogueAct, mentions: readonly Mention[]): Mention[] =>
  saysNothing.has(act) ? [] : mentions.filter(({ end }) => alive.test(sentence.slice(end)));
