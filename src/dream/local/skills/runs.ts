/** Reads the steps that a session took for one request, as far as they worked. */
import { type CallShape, callShapes } from '../lessons/call-shape.js';
import { corrections } from '../lessons/corrections.js';
import type { Lane, ToolUse } from '../lessons/tool-uses.js';

export interface Step {
  readonly use: ToolUse;
  readonly shape: CallShape;
  /** The kind of step, whatever it is given. */
  readonly kind: string;
}

export interface Run {
  readonly turn: number;
  readonly steps: readonly Step[];
}

/** Fewer steps need no description. */
export const fewestSteps = 3;
/** Tools that agents use in all work: their effect lies in a text, not in the call. */
const writing = /edit|write|todo|task|think|note|plan/i;

/** The runs that ended well: the last step worked, and the user had nothing to set right. */
export function runsOf(session: string, lane: Lane): Run[] {
  const corrected = new Set(corrections(session, lane).map(({ evidence }) => evidence[0].event));
  return lane.turns.flatMap((_, turn) => {
    const uses = lane.uses.filter((use) => use.turn === turn);
    const reply = lane.turns[turn + 1]?.request;
    if (uses.length === 0 || uses.at(-1)!.failure !== null || corrected.has(reply?.cursor ?? '')) return [];
    const steps = uses.flatMap((use) => (use.failure === null ? stepsOf(use) : []));
    return steps.length < fewestSteps ? [] : [{ turn, steps }];
  });
}

const stepsOf = (use: ToolUse): Step[] =>
  callShapes(use.call.tool_name ?? '', use.call.text)
    .filter(({ looks, program }) => looks === null && !writing.test(program))
    .map((shape) => ({ use, shape, kind: kindOf(shape) }));

function kindOf({ head, words }: CallShape): string {
  const options = words.flatMap((word) => /^--?[A-Za-z][\w-]*|^[A-Za-z_]\w*(?==)/.exec(word)?.[0] ?? []);
  return [head, ...new Set(options)].join(' ');
}
