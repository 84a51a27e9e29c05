/** Tells whose word an event is. */

import type { TranscriptEvent } from '../../sessions/event.js';
import { cues } from '../text/cues.js';
import type { EventContext } from './context.js';

export const authorities = [
  /** The words of a person. */
  'user',
  /** The state of the system, as a tool found it. */
  'live',
  'agent',
  /** The words of somebody unknown that a tool, a hook or an attachment brought. */
  'external',
] as const;
export type Authority = (typeof authorities)[number];

/** Names and inputs of tools that bring what others wrote. */
const bringing = cues(
  `
    web|fetch|browse|crawl|scrape|http|url|e?-?mail|inbox|imap|slack|teams|discord|chat|message
    comment|ticket|issue|forum|feed|rss|document|attachment|download
  `,
  'i',
);
const download = cues(
  String.raw`
    "url"\s*:|\b(?:curl|wget|lynx|links)\b|\bgh\s+(?:issue|pr|api)\b
    \b(?:node_modules|third[_-]?party|vendor|site-packages|downloads?)\/
  `,
  'i',
);
/** The beginning of a mail or a page. */
const foreign =
  /^(?:from|subject|to|reply-to|return-path):\s.*\n(?:[\w-]+:\s.*\n)|<!doctype html|<html\b|<!--/im;

export function authorityOf({ event, call, result }: EventContext): Authority {
  switch (event.kind) {
    case 'user_text':
      // Of a part of the work that was given away, the user is the agent that gave it.
      return event.origin === 'user' && event.subagent === null && !event.sidechain ? 'user' : 'agent';
    case 'tool_result':
      return isBrought(call?.tool_name ?? event.tool_name, call?.text ?? '', event.text)
        ? 'external'
        : 'live';
    case 'tool_call':
      return result === null || hasFailed(result) || isBrought(event.tool_name, event.text, result.text)
        ? 'agent'
        : 'live';
    case 'system':
      return 'external';
    default:
      return event.origin === 'external' ? 'external' : 'agent';
  }
}

/** Whether a call failed; not every format of transcripts marks that. */
const hasFailed = ({ is_error, text }: TranscriptEvent): boolean =>
  is_error || /^\s*(?:exit (?:code|status):? [1-9]|error\b)/i.test(text);

const isBrought = (tool: string | null, input: string, text: string): boolean =>
  bringing.test(tool ?? '') || download.test(input) || foreign.test(text);
