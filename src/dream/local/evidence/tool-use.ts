/** The calls of a session with their results, in the order in which they were made. */
import type { TranscriptEvent } from '../../../sessions/event.js';

export interface ToolUse {
  readonly call: TranscriptEvent;
  /** Null when the session ends before it. */
  readonly result: TranscriptEvent | null;
  readonly tool: string;
  /** Every string of the input, in its order. */
  readonly arguments: readonly string[];
  readonly failed: boolean;
}

const exitCode =
  /^\W*(?:error: )?(?:exit(?:ed)?(?: with)?(?: (?:code|status))?|return code|status)[: ]+(\d+)/i;

export function toolUsesOf(events: readonly TranscriptEvent[]): ToolUse[] {
  const results = new Map<string, TranscriptEvent>();
  for (const event of events)
    if (event.kind === 'tool_result' && event.tool_id !== null) results.set(event.tool_id, event);
  const uses: ToolUse[] = [];
  for (const [index, call] of events.entries()) {
    if (call.kind !== 'tool_call') continue;
    const next = events[index + 1];
    const result =
      (call.tool_id === null ? undefined : results.get(call.tool_id)) ??
      (next?.kind === 'tool_result' && next.tool_id === null ? next : null);
    uses.push({
      call,
      result,
      tool: call.tool_name ?? '',
      arguments: stringsOf(call.text),
      failed: result !== null && hasFailed(result),
    });
  }
  return uses;
}

function hasFailed({ is_error, text }: TranscriptEvent): boolean {
  const code = exitCode.exec(text)?.[1];
  return is_error || (code !== undefined && code !== '0');
}

function stringsOf(json: string): string[] {
  try {
    return collected(JSON.parse(json));
  } catch {
    return [json];
  }
}

function collected(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(collected);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(collected) : [];
}
