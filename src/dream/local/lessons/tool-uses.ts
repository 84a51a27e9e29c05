/** Reads the tool calls of a session with their results. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import { type CallShape, callShape } from './call-shape.js';
import { failureOf } from './failure.js';

export interface ToolUse {
  readonly shape: CallShape;
  readonly call: TranscriptEvent;
  readonly result: TranscriptEvent;
  /** The complaint; null: it worked. */
  readonly failure: string | null;
  /** The index of its turn in the lane. */
  readonly turn: number;
}

/** A turn, from a request of the user to the next one. */
export interface Turn {
  /** Null when the session began without one. */
  readonly request: TranscriptEvent | null;
  /** The agent's texts, in order. */
  readonly said: readonly TranscriptEvent[];
}

/** One agent's work in a session, in order: the session's own, or one that a part of it was given to. */
export interface Lane {
  readonly uses: readonly ToolUse[];
  readonly turns: readonly Turn[];
}

interface OpenTurn extends Turn {
  readonly said: TranscriptEvent[];
}

class OpenLane {
  readonly uses: ToolUse[] = [];
  readonly turns: OpenTurn[] = [{ request: null, said: [] }];
  readonly #calls = new Map<string, { call: TranscriptEvent; turn: number }>();

  add(event: TranscriptEvent): void {
    if (event.kind === 'user_text') this.turns.push({ request: event, said: [] });
    else if (event.kind === 'agent_text') this.turns.at(-1)!.said.push(event);
    else if (event.kind === 'tool_call')
      this.#calls.set(event.tool_id ?? '', { call: event, turn: this.turns.length - 1 });
    else if (event.kind === 'tool_result') this.#close(event);
  }

  #close(result: TranscriptEvent): void {
    const open = this.#calls.get(result.tool_id ?? '');
    this.#calls.delete(result.tool_id ?? '');
    if (open === undefined) return;
    const shape = callShape(open.call.tool_name ?? '', open.call.text);
    if (shape.words.length > 0) this.uses.push({ ...open, shape, result, failure: failureOf(result) });
  }
}

/** Keeps lanes, as several finders ask for the same session one after the other. */
const known = new WeakMap<readonly TranscriptEvent[], Lane[]>();

export function lanesOf(events: readonly TranscriptEvent[]): readonly Lane[] {
  const lanes = known.get(events) ?? readLanes(events);
  known.set(events, lanes);
  return lanes;
}

function readLanes(events: readonly TranscriptEvent[]): Lane[] {
  const lanes = new Map<string, OpenLane>();
  for (const event of events) {
    const name = event.subagent ?? (event.sidechain ? 'side' : '');
    const lane = lanes.get(name) ?? new OpenLane();
    lanes.set(name, lane);
    lane.add(event);
  }
  return [...lanes.values()];
}
