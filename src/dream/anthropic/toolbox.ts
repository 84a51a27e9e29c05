/** Carries out the tool calls of one answer. Whatever is wrong with a call is told to the model. */
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import type { Answer, ToolCall } from './answer.js';
import { definitionOf, type Tool } from './tool.js';

export class Toolbox {
  readonly definitions: readonly Anthropic.Tool[];
  readonly #tools: ReadonlyMap<string, Tool>;

  constructor(tools: readonly Tool[]) {
    this.#tools = new Map(tools.map((each) => [each.name, each]));
    this.definitions = tools.map(definitionOf);
  }

  /**
   * Returns one result for each call, in their order. `room`: the bytes that all of them may have together.
   */
  carryOut(answer: Answer, room: number): Anthropic.ToolResultBlockParam[] {
    let left = room;
    return answer.content
      .filter((block) => block.type === 'tool_use')
      .map((call) => {
        const result = left <= 0 ? tooMuch : this.#carryOut(call, answer);
        left -= Buffer.byteLength(result.text);
        return {
          type: 'tool_result',
          tool_use_id: call.id,
          content: result.text,
          ...(result.failed ? { is_error: true } : {}),
        };
      });
  }

  #carryOut(call: ToolCall, { unreadable, stop_reason }: Answer): Result {
    const tool = this.#tools.get(call.name);
    if (tool === undefined)
      return failure(`There is no tool '${call.name}'. There are: ${[...this.#tools.keys()].join(', ')}.`);
    if (unreadable.has(call.id))
      return failure(
        stop_reason === 'max_tokens'
          ? 'The call was cut off, as the answer was too long. Make smaller calls, one at a time.'
          : 'The input of the call is not a JSON object. Call again.',
      );
    const input = tool.input.safeParse(call.input);
    if (!input.success) return failure(`The input does not fit: ${z.prettifyError(input.error)}`);
    try {
      return { text: tool.run(input.data), failed: false };
    } catch (error) {
      if (!(error instanceof MemfsError)) throw error;
      return failure(`Not done: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}.`);
    }
  }
}

interface Result {
  readonly text: string;
  readonly failed: boolean;
}

const failure = (text: string): Result => ({ text, failed: true });

const tooMuch = failure('Not done: the calls of this turn gave too much already. Call again.');
