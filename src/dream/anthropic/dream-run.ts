/**
 * One run of a dream with a model: its rounds, its limits, and what is kept for the next run if this one ends
 * early.
 */
import { MemfsError } from '../../core/errors.js';
import type { Consolidation, DreamContext } from '../consolidator.js';
import { pathsOf } from '../edit.js';
import type { RefusalOf } from '../guard/judge.js';
import type { DreamInput } from '../input.js';
import { Draft } from './draft.js';
import { editTools } from './edit-tools.js';
import { Endpoint } from './endpoint.js';
import { memoryTools } from './memory-tools.js';
import type { AnthropicOptions } from './options.js';
import { maskText } from './outgoing.js';
import { openingText } from './prompt.js';
import { refusals, remarkOf } from './remarks.js';
import { type RoundEnd, runRound } from './round.js';
import { plannedRounds } from './rounds.js';
import { Source } from './source.js';
import { type Progress, restored, type State } from './state.js';
import { Toolbox } from './toolbox.js';
import { transcriptTools } from './transcript-tools.js';
import { noUsage, sum, totalOf, usageText } from './usage.js';

/** Tokens of one request. Less would not hold the prompt and one page of a transcript. */
const context = { usual: 100_000, least: 30_000 };

export class DreamRun {
  readonly #input: DreamInput;
  readonly #context: DreamContext;
  readonly #options: AnthropicOptions;
  readonly #refusalOf: RefusalOf;
  readonly #contextTokens: number;
  readonly #state: State;
  readonly #source: Source;
  readonly #draft: Draft;
  readonly #endpoint: Endpoint;
  readonly #began = performance.now();
  readonly #elapsedBefore: number;
  #isFinished = false;

  constructor(input: DreamInput, dream: DreamContext, options: AnthropicOptions, refusalOf: RefusalOf) {
    this.#input = input;
    this.#context = dream;
    this.#options = options;
    this.#refusalOf = refusalOf;
    this.#contextTokens = Math.max(context.least, options.context_tokens ?? context.usual);
    this.#state = restored(dream.saved) ?? newState(input, this.#contextTokens);
    this.#elapsedBefore = this.#state.elapsed_ms;
    this.#source = new Source(input);
    this.#draft = new Draft(input.memories, this.#state.edits);
    this.#endpoint = new Endpoint(options);
  }

  async run(): Promise<Consolidation> {
    const state = this.#state;
    const left = Math.round(this.#options.time_limit_s * 1_000 - this.#elapsedBefore);
    const limit = left > 0 ? AbortSignal.timeout(left) : AbortSignal.abort();
    const signal = AbortSignal.any([this.#context.signal, limit]);
    try {
      while (state.round < state.rounds.length) {
        const end = await this.#round(signal);
        this.#take(end);
        state.round = end.how === 'refused' ? state.rounds.length : state.round + 1;
        state.progress = null;
        this.#save();
      }
    } catch (error) {
      this.#save();
      if (this.#context.signal.aborted)
        throw this.#failed(new MemfsError('interrupted', 'the dream was cancelled'));
      if (!limit.aborted) throw error instanceof MemfsError ? this.#failed(error) : error;
      state.remarks.push(remarkOf({ how: 'time' }, state, this.#options)!);
    }
    const { usage, remarks, refused } = state;
    const edits = this.#draft.edits.map(({ edit }) => edit);
    return { edits, usage, remarks: [...remarks, ...refusals(refused)] };
  }

  #round(signal: AbortSignal): Promise<RoundEnd> {
    const state = this.#state;
    const progress = state.progress ?? this.#opened();
    state.progress = progress;
    this.#isFinished = false;
    const share = (this.#options.max_tokens_total - progress.began_at) / (state.rounds.length - state.round);
    this.#tell();
    return runRound(
      {
        endpoint: this.#endpoint,
        model: this.#options.model,
        toolbox: this.#toolbox(),
        draft: this.#draft,
        contextTokens: this.#contextTokens,
        ceiling: Math.floor(progress.began_at + share),
        signal,
        used: () => totalOf(state.usage),
        onUsage: (usage) => {
          state.usage = sum(state.usage, usage);
        },
        isFinished: () => this.#isFinished,
        afterTurn: () => {
          this.#save();
          this.#tell();
        },
      },
      progress,
    );
  }

  #toolbox(): Toolbox {
    const [source, draft, state] = [this.#source, this.#draft, this.#state];
    const edits = editTools({
      source,
      draft,
      refusalOf: (proposed) => this.#refusalOf(this.#input, proposed),
      onRefusal: ({ kind, changes }, why) => {
        const refused = `${kind} of ${pathsOf(changes).join(', ')}: ${why}`;
        if (!state.refused.includes(refused)) state.refused.push(refused);
      },
      onFinish: ({ remarks, notes }) => {
        this.#isFinished = true;
        state.remarks.push(...remarks.map(maskText));
        if (notes.trim() !== '') state.notes.push(maskText(notes));
      },
    });
    return new Toolbox([...memoryTools(source, draft), ...transcriptTools(source), ...edits]);
  }

  #opened(): Progress {
    const { rounds, round, usage, notes } = this.#state;
    const ids = rounds[round]!;
    // One that was deleted since the dream began is not there any more.
    const sessions = ids === null ? null : this.#input.sessions.filter(({ id }) => ids.includes(id));
    const text = openingText({
      now: this.#input.now,
      memories: this.#input.memories.length,
      instructions: this.#input.instructions,
      round: round + 1,
      rounds: rounds.length,
      sessions,
      edits: this.#draft.edits,
      notes,
    });
    return {
      turns: [{ role: 'user', content: [{ type: 'text', text }] }],
      began_at: totalOf(usage),
      told: false,
      idle: 0,
    };
  }

  #take(end: RoundEnd): void {
    const remark = remarkOf(end, this.#state, this.#options);
    if (end.how === 'refused' && this.#draft.edits.length === 0)
      throw new MemfsError('refused_by_policy', remark!, {
        hint: 'dream over fewer sessions (--session), or choose another model with --model',
      });
    if (remark !== null) this.#state.remarks.push(remark);
  }

  #tell(): void {
    const { round, rounds, usage } = this.#state;
    this.#context.progress(
      round,
      rounds.length,
      `${totalOf(usage)} of ${this.#options.max_tokens_total} tokens, ${this.#draft.edits.length} edits`,
    );
  }

  #save(): void {
    const elapsed_ms = this.#elapsedBefore + (performance.now() - this.#began);
    Object.assign(this.#state, { edits: this.#draft.edits, elapsed_ms });
    this.#context.save(structuredClone(this.#state));
  }

  #failed(error: MemfsError): MemfsError {
    if (totalOf(this.#state.usage) === 0) return error;
    return new MemfsError(error.code, `${error.message} (${usageText(this.#state.usage)})`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

const newState = ({ sessions }: DreamInput, contextTokens: number): State => ({
  format: 1,
  rounds: plannedRounds(sessions, contextTokens / 2).map((round) => (round === null ? null : [...round])),
  round: 0,
  progress: null,
  edits: [],
  usage: noUsage,
  elapsed_ms: 0,
  notes: [],
  remarks: [],
  refused: [],
});
