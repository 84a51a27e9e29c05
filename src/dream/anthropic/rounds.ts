import type { TranscriptSession } from '../input.js';
import { maskText } from './outgoing.js';

/** UTF-8 bytes of a token, with the headings of the events. */
const bytesPerToken = 3;

/**
 * Plans the sessions of each round, in their order, so that those of one can be read without dropping any: as
 * many as have `tokens` together. A longer session is a round by itself. Several rounds are followed by null:
 * a round over all that was proposed.
 */
export function plannedRounds(
  sessions: readonly TranscriptSession[],
  tokens: number,
): readonly (readonly string[] | null)[] {
  const rounds: string[][] = [];
  let room = 0;
  for (const session of sessions) {
    const size = tokensOf(session);
    if (rounds.length === 0 || size > room) {
      rounds.push([]);
      room = tokens;
    }
    rounds.at(-1)!.push(session.id);
    room -= size;
  }
  if (rounds.length === 0) return [[]];
  return rounds.length === 1 ? rounds : [...rounds, null];
}

function tokensOf(session: TranscriptSession): number {
  let bytes = 0;
  for (const { text } of session.events()) bytes += 100 + Buffer.byteLength(maskText(text));
  return Math.ceil(bytes / bytesPerToken);
}
