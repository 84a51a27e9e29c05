/** What the two of a conversation say, sentence by sentence, with what each sentence does. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import { sentencesOf } from '../../text/sentences.js';
import { type DialogueAct, dialogueActOf } from './dialogue-act.js';
import { joinedConditionals } from './question.js';
import { unquotedText } from './unquoted-text.js';

export interface Said {
  readonly event: TranscriptEvent;
  /** As it stands in the event. */
  readonly text: string;
  /** Without what only leads to it: "From now on: …". */
  readonly core: string;
  readonly act: DialogueAct;
  /** The message says that something is new. */
  readonly announced: boolean;
  /** Counts the messages of the user in this session, from 1. */
  readonly turn: number;
}

/** Said beside it in the same message, it takes the force from all of it. */
const undecided =
  /\b(?:(?:nothing|not|n't|never|no)(?:\W+\w+){0,2}\W+(?:decided|final|agreed|settled|approved|official|certain)|undecided|no decision|tbd|to be (?:decided|confirmed|discussed)|under (?:discussion|consideration|review)|up for (?:discussion|debate)|still (?:open|discussing|thinking|unclear)|just (?:an idea|a thought|thinking aloud|brainstorming|a proposal|kidding|joking)|only (?:an idea|a thought|a proposal|a draft))\b/i;

/** Said beside it in the same message, it makes all of it news. */
const announcement =
  /\b(?:(?:this|that|it|which) (?:replaces|supersedes|overrides|overrules)|(?:replac|supersed|overrid|overrul)es? (?:what|whatever|the|everything|all|any|our|my|your)|instead of (?:what|the)|whatever (?:we|you|i) (?:had|have|know|knew)|what(?:ever)? you (?:have|know|had|knew)|no longer|not any ?more|from now on|going forward|from today|effective (?:today|immediately|now)|things (?:have )?(?:changed|moved on)|(?:has|have|was|were) (?:just |now )?(?:been )?changed|bear in mind|keep in mind|please (?:note|remember)|make a note|for (?:your|the|our) (?:notes|records|memory|files))\b/i;

/** Longer ones are documents that somebody pasted. */
const longestMessage = 6_000;

export function conversationOf(events: readonly TranscriptEvent[]): Said[] {
  const said: Said[] = [];
  let turn = 0;
  for (const event of events) {
    const { kind, origin, text } = event;
    const byUser = kind === 'user_text' && origin === 'user';
    if (byUser) turn += 1;
    if (!(byUser || (kind === 'agent_text' && origin === 'agent')) || text.length > longestMessage) continue;
    const own = unquotedText(text);
    const open = undecided.test(own);
    const announced = announcement.test(own);
    for (const sentence of joinedConditionals(
      own
        .split('\n')
        .flatMap((line) => sentencesOf(line))
        .map(({ text }) => text),
    )) {
      const act = dialogueActOf(sentence);
      const asserts = act === 'assertion' || act === 'change';
      const isRule = act === 'request' && announced;
      said.push({
        event,
        text: sentence,
        core: coreOf(sentence),
        act: open && asserts ? 'proposal' : isRule ? 'change' : act,
        announced,
        turn,
      });
    }
  }
  return said;
}

/** What leads to something else: no number and no name in it, and a colon or a dash behind it. */
const lead = /^([^:\d"'`#@/]{2,90}?)(?:\s[-–—]+|:)\s+(?=\S)/;
const fewWords = 12;

function coreOf(sentence: string): string {
  let core = sentence.replace(abbreviatedLead, '');
  for (let found = lead.exec(core); found !== null; found = lead.exec(core)) {
    const [whole, words] = found;
    if (words!.split(/\s+/).length > fewWords || !isLead(words!)) break;
    core = core.slice(whole.length);
  }
  return core;
}

/** "FYI we moved it". */
const abbreviatedLead = /^\s*(?:FYI|BTW|PSA)\b[\s,:–—-]+(?=\p{L})/iu;

/** The words of an announcement: who speaks to whom, when, about what kind of thing; nothing else. */
const announcing =
  /\b(?:please|heads[- ]up|fyi|note|notes|noted|update|updated|updating|correction|corrected|news|reminder|remember|now|today|yesterday|changed?|changes|new|actually|attention|important|info|information|btw|by the way|for your|from now on|going forward|effective|decided|decision|announcement|quick|confirmed|checked|verified|that|this|it|we|i|you|your|our|my|says?|the following)\b/i;

const isLead = (text: string): boolean =>
  announcing.test(text) && !/\p{Ll}-\p{Ll}+\d|\s\p{Lu}\p{Ll}+\s\p{Lu}/u.test(text);
