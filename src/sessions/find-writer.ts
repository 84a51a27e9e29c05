/** Finds the tool call that wrote a line, and what the agent said before and after it. */
import type { TranscriptEvent } from './event.js';

export interface WrittenLine {
  /** The path of the memory, in its store. */
  readonly path: string;
  readonly text: string;
  /** RFC 3339: when the version was made. */
  readonly time: string;
}

export interface Writer {
  readonly call: TranscriptEvent;
  /** Whether the line stands in the call, or only the name of the file. */
  readonly holds_line: boolean;
  /** The last words before the call, and the first after it. */
  readonly said: readonly TranscriptEvent[];
}

/** The clocks of the agent and of the store may be apart, in ms. */
const tolerance = 5_000;
/** A shorter line stands everywhere. */
const shortestLine = 4;

/** The last call that holds the line; else the last one that names the file. `events`: in their order. */
export async function findWriter(
  events: AsyncIterable<TranscriptEvent>,
  line: WrittenLine,
): Promise<Writer | null> {
  const weigh = weightOf(line);
  const latest = Date.parse(line.time) + tolerance;
  let before: TranscriptEvent | null = null;
  let best: { call: TranscriptEvent; weight: number; said: TranscriptEvent[]; open: boolean } | null = null;
  for await (const event of events) {
    if (event.kind === 'agent_text' || (event.kind === 'thinking' && event.text !== '')) {
      if (best?.open) {
        best.said.push(event);
        best.open = false;
      }
      before = event;
    }
    if (event.kind !== 'tool_call' || (event.time !== null && Date.parse(event.time) > latest)) continue;
    const weight = weigh(event.text);
    if (weight > 0 && weight >= (best?.weight ?? 0))
      best = { call: event, weight, said: before === null ? [] : [before], open: true };
  }
  return best && { call: best.call, holds_line: best.weight >= 2, said: best.said };
}

/** 2 for the line, 1 for the name of the file. */
function weightOf({ path, text }: WrittenLine): (input: string) => number {
  const inJson = JSON.stringify(text.trim()).slice(1, -1);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isTelling = inJson.length >= shortestLine;
  return (input) => (isTelling && input.includes(inJson) ? 2 : 0) + (input.includes(name) ? 1 : 0);
}
