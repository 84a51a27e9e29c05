/**
 * One round of a dream: a conversation with the model, turn by turn, until it has finished or may not go on.
 */
import type { Usage } from '../consolidator.js';
import type { Answer } from './answer.js';
import {
  cachedSystem,
  cachedTools,
  estimatedTokens,
  shortened,
  type Turn,
  withCacheMarks,
} from './context.js';
import type { Draft } from './draft.js';
import type { Endpoint } from './endpoint.js';
import { continuedText, systemPrompt, toldOfCut, toldToFinish, toldToGoOn } from './prompt.js';
import type { Progress } from './state.js';
import type { Toolbox } from './toolbox.js';

/** Tokens of one answer. */
const output = { most: 16_000, least: 1_000 };
/** Answers in a row that call no tool. */
const mostIdle = 3;

export interface RoundParts {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly toolbox: Toolbox;
  readonly draft: Draft;
  /** The most tokens of one request, as estimated. */
  readonly contextTokens: number;
  /** The most tokens that the dream may have used when this round ends. */
  readonly ceiling: number;
  readonly signal: AbortSignal;
  /** The tokens that the dream has used so far. */
  used(): number;
  onUsage(usage: Usage): void;
  /** Whether the model has called `finish`. */
  isFinished(): boolean;
  /** Called after each turn that is followed by another. */
  afterTurn(): void;
}

export type RoundEnd =
  | { readonly how: 'finished' | 'tokens' | 'idle' }
  | { readonly how: 'refused'; readonly why: string | null };

/** Carries `progress` on until the round ends. Rejects with the reason of the signal. */
export async function runRound(parts: RoundParts, progress: Progress): Promise<RoundEnd> {
  const system = cachedSystem(systemPrompt);
  const tools = cachedTools(parts.toolbox.definitions);
  const fixed = estimatedTokens([system, tools]);
  let budget = parts.contextTokens - fixed;
  for (;;) {
    parts.signal.throwIfAborted();
    progress.turns = fitting(progress.turns, budget, parts.draft);
    const expected = fixed + estimatedTokens(progress.turns);
    const left = parts.ceiling - parts.used();
    if (left - expected < output.least) return { how: 'tokens' };
    if (!progress.told && left < 2 * (expected + output.most)) {
      progress.told = true;
      say(progress.turns, toldToFinish);
    }
    const request = {
      model: parts.model,
      max_tokens: Math.min(output.most, left - expected),
      system,
      tools,
      messages: withCacheMarks(progress.turns),
      stream: true as const,
    };
    const answer = await parts.endpoint.ask(request, parts.signal, parts.onUsage);
    if (answer.stop_reason === 'refusal') return { how: 'refused', why: answer.refusal };
    if (answer.stop_reason === 'model_context_window_exceeded') budget = Math.floor(budget / 2);
    take(answer, parts, progress, budget);
    if (parts.isFinished()) return { how: 'finished' };
    if (progress.idle >= mostIdle) return { how: 'idle' };
    parts.afterTurn();
  }
}

/** Adds the model's words, and our answer, to the turns. */
function take(answer: Answer, { toolbox }: RoundParts, progress: Progress, budget: number): void {
  const { turns } = progress;
  // As many bytes as tokens fit: about a third of them.
  const results = toolbox.carryOut(answer, budget);
  if (answer.content.length > 0) turns.push({ role: 'assistant', content: answer.content });
  if (results.length > 0) {
    turns.push({ role: 'user', content: results });
    progress.idle = 0;
    return;
  }
  progress.idle += 1;
  // The conversation then ends with the answer, and the model goes on with it.
  if (answer.stop_reason === 'pause_turn') return;
  const isCut = answer.stop_reason === 'max_tokens' || answer.stop_reason === 'model_context_window_exceeded';
  say(turns, isCut ? toldOfCut : toldToGoOn);
}

function say(turns: Turn[], text: string): void {
  const last = turns.at(-1);
  const block = { type: 'text' as const, text };
  if (last?.role === 'user') turns[turns.length - 1] = { ...last, content: [...last.content, block] };
  else turns.push({ role: 'user', content: [block] });
}

function fitting(turns: readonly Turn[], budget: number, draft: Draft): Turn[] {
  const short = shortened(turns, budget);
  if (short !== null) return [...short];
  const begun = [turns[0]!];
  say(begun, continuedText(draft.edits));
  return begun;
}
