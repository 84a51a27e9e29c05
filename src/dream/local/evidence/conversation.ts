/** Reads what user and agent say, sentence by sentence, with the dialogue act of each. */

import type { TranscriptEvent } from '../../../sessions/event.js';
import { sentencesOf } from '../../text/sentences.js';
import { abbreviatedLead, announcement, announcing, lead, undecided } from './conversation-cues.js';
import { type DialogueAct, dialogueActOf } from './dialogue-act.js';
import { joinedConditionals } from './question.js';
import { unquotedText } from './unquoted-text.js';

export interface Said {
  readonly event: TranscriptEvent;
  /** The sentence as it stands in the event. */
  readonly text: string;
  /** The sentence without what only leads to it: "From now on: …". */
  readonly core: string;
  readonly act: DialogueAct;
  /** Whether the message says that something is new. */
  readonly announced: boolean;
  /** Counts the messages of the user in this session, from 1. */
  readonly turn: number;
}

/** In characters; longer messages are documents that somebody pasted. */
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

const isLead = (text: string): boolean =>
  announcing.test(text) && !/\p{Ll}-\p{Ll}+\d|\s\p{Lu}\p{Ll}+\s\p{Lu}/u.test(text);
