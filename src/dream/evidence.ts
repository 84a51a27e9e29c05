/** Events and lines of memories as evidence. */
import type { TranscriptEvent } from '../sessions/event.js';
import { detached } from './detached.js';
import type { EventEvidence, MemoryEvidence } from './edit.js';
import type { Memory } from './input.js';

/** `quote`: a part of the event's text, as it stands there; of a longer one the first `most` characters. */
export const eventEvidence = (
  { session, cursor, time, origin }: TranscriptEvent,
  quote: string,
  most = Number.POSITIVE_INFINITY,
): EventEvidence => ({
  ...{ type: 'event', session, event: cursor, time, origin },
  quote: detached(quote.slice(0, most).replace(/[\ud800-\udbff]$/, '')),
});

/** `line`: from 1. */
export const lineEvidence = ({ path, version, text }: Memory, line: number): MemoryEvidence => ({
  ...{ type: 'memory', path, version, line },
  quote: text.split(/\r?\n/)[line - 1]!.trim(),
});
