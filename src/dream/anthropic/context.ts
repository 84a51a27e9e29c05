/** Keeps a request within its budget, and marks it for the cache of the endpoint. */
import type Anthropic from '@anthropic-ai/sdk';

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly Anthropic.ContentBlockParam[];
}

/** UTF-8 bytes of a token: prose has more, tables of numbers and code about this many. */
const bytesPerToken = 3;

export const estimatedTokens = (value: unknown): number =>
  Math.ceil(Buffer.byteLength(JSON.stringify(value)) / bytesPerToken);

const dropped = 'Dropped to save room. Call the tool again if you need it.';

/**
 * Drops old results of tools, down to half of the budget at once, as each change of the past loses the cache
 * of what follows. Null: even without them it is too much.
 */
export function shortened(turns: readonly Turn[], budget: number): readonly Turn[] | null {
  let tokens = estimatedTokens(turns);
  if (tokens <= budget) return turns;
  const short = turns.map((turn, at) => {
    if (at >= turns.length - 1 || tokens <= budget / 2) return turn;
    const lean = withoutResults(turn);
    tokens -= estimatedTokens(turn) - estimatedTokens(lean);
    return lean;
  });
  return tokens <= budget ? short : null;
}

function withoutResults(turn: Turn): Turn {
  return {
    ...turn,
    content: turn.content.map((block) =>
      block.type === 'tool_result' && String(block.content).length > 4 * dropped.length
        ? { ...block, content: dropped }
        : block,
    ),
  };
}

const marked = { cache_control: { type: 'ephemeral' } } as const;

/**
 * Marks the end of our last two turns: what the one before the last wrote into the cache is found again even
 * if a turn has more blocks than the endpoint looks back (20: platform.claude.com, "Prompt caching").
 */
export function withCacheMarks(turns: readonly Turn[]): Anthropic.MessageParam[] {
  const ours = turns.flatMap(({ role }, at) => (role === 'user' ? [at] : [])).slice(-2);
  return turns.map(({ role, content }, at) => {
    const last = ours.includes(at) ? content.length - 1 : -1;
    return {
      role,
      content: content.map((block, i) => (i === last ? ({ ...block, ...marked } as typeof block) : block)),
    };
  });
}

/** Marks the end of the system prompt; tools come before it in what is cached, with a mark of their own. */
export const cachedSystem = (text: string): Anthropic.TextBlockParam[] => [{ type: 'text', text, ...marked }];

export const cachedTools = (tools: readonly Anthropic.Tool[]): Anthropic.Tool[] =>
  tools.map((each, at) => (at === tools.length - 1 ? { ...each, ...marked } : each));
