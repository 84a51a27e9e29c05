/** Events as evidence. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { EventEvidence } from '../../edit.js';

const longestQuote = 240;

export const eventEvidence = (event: TranscriptEvent, quote: string): EventEvidence => ({
  type: 'event',
  session: event.session,
  event: event.cursor,
  time: event.time,
  origin: event.origin,
  quote: quote.slice(0, longestQuote),
});
