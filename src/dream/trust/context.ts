/** An event with the tool call or result that it belongs to. */
import type { TranscriptEvent } from '../../sessions/event.js';

export interface EventContext {
  readonly event: TranscriptEvent;
  /** The call of a tool result; null for other events. */
  readonly call: TranscriptEvent | null;
  /** The result of a tool call; null for other events, and where the session ends before it. */
  readonly result: TranscriptEvent | null;
}

/** The events of one session by cursor, in order. */
export function contextsOf(events: readonly TranscriptEvent[]): Map<string, EventContext> {
  const calls = byToolId(events, 'tool_call');
  const results = byToolId(events, 'tool_result');
  const joined = (event: TranscriptEvent): EventContext => ({
    event,
    call: event.kind === 'tool_result' ? (calls.get(event.tool_id ?? '') ?? null) : null,
    result: event.kind === 'tool_call' ? (results.get(event.tool_id ?? '') ?? null) : null,
  });
  return new Map(events.map((event) => [event.cursor, joined(event)]));
}

const byToolId = (
  events: readonly TranscriptEvent[],
  kind: 'tool_call' | 'tool_result',
): Map<string, TranscriptEvent> =>
  new Map(
    events.flatMap((event) =>
      event.kind === kind && event.tool_id !== null ? [[event.tool_id, event] as const] : [],
    ),
  );
