import type { TranscriptEvent } from '../../sessions/event.js';
import type { EventEvidence } from '../edit.js';
import { detached } from './detached.js';

/** `quote`: a part of the event's text, as it stands there. */
export const eventEvidence = (
  { session, cursor, time, origin }: TranscriptEvent,
  quote: string,
): EventEvidence => ({ type: 'event', session, event: cursor, time, origin, quote: detached(quote) });
