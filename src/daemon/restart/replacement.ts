/**
 * Puts another engine, or another keeper with its engine, in the place of what runs, under the feet of the callers. The
 * new one has loaded before the old one leaves, and until it serves the old keeper keeps everything: whatever goes
 * wrong, it goes on as before.
 */
import type { Logger } from 'pino';
import type { Programs, RestartRequest, RestartState } from '../../api/keeper-state.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { within } from '../within.js';
import type { EngineTrial } from './engine-trial.js';
import type { PassedOn } from './predecessor.js';
import type { Estate, Successor } from './successor.js';

/** Milliseconds that a keeper stays at hand, holding everything, after another has taken over. */
const probation = 1_000;
/** Milliseconds that the report of a failure waits for the old program to serve again. */
const againLimit = 30_000;

/** The keeper that is replaced; `Keeper` implements it. */
export interface Replaceable {
  readonly isStopping: boolean;
  launch(programs: Programs): EngineTrial;
  promote(trial: EngineTrial, programs: Programs): Promise<void>;
  retire(): Promise<void>;
  passOn(): PassedOn[];
  giveUp(condition: (held: PassedOn) => boolean): void;
  startAgain(): Promise<void>;
}

export interface ReplacementParts {
  readonly log: Logger;
  readonly startSuccessor: ((programs: Programs) => Successor) | null;
  readonly belongings: () => Pick<Estate, 'lock' | 'listener'>;
  answerCallers(answer: boolean): void;
  replaced(): void;
}

export class Replacement {
  readonly #keeper: Replaceable;
  readonly #parts: ReplacementParts;
  #state: RestartState | null = null;
  #trial: EngineTrial | null = null;
  #successor: Successor | null = null;
  #isGiven = false;

  constructor(keeper: Replaceable, parts: ReplacementParts) {
    this.#keeper = keeper;
    this.#parts = parts;
  }

  /** The outcome of the latest restart; null: there was none. */
  get state(): RestartState | null {
    return this.#state;
  }

  /** Throws when it cannot be done; else what comes of it is told by `state`. */
  begin(order: RestartRequest): void {
    if (this.#state?.state === 'running')
      throw new MemfsError('busy', 'the daemon is being restarted already', {
        hint: 'try again in a moment',
      });
    if (!order.engine_only && this.#parts.startSuccessor === null)
      throw new MemfsError(
        'unsupported',
        'this daemon runs in the foreground: its starter watches its process',
        {
          hint: 'memfsd restart --engine, or restart it where it was started',
        },
      );
    this.#state = { id: order.id, state: 'running', error: null };
    this.#parts.log.info({ ...order.programs, engine_only: order.engine_only }, 'restart');
    void this.#carryOut(order);
  }

  async #carryOut(order: RestartRequest): Promise<void> {
    try {
      if (order.engine_only) await this.#replaceEngine(order.programs);
      else await this.#replaceKeeper(order);
      this.#state = { id: order.id, state: 'done', error: null };
    } catch (thrown) {
      const { code, message, hint } = asMemfsError(thrown);
      this.#state = { id: order.id, state: 'failed', error: { code, message, hint: hint ?? null } };
      this.#parts.log.error({ code }, `restart failed: ${message}`);
    }
  }

  async #replaceEngine(programs: Programs): Promise<void> {
    const trial = this.#keeper.launch(programs);
    this.#trial = trial;
    try {
      await trial.loaded();
    } catch (error) {
      await trial.abandon();
      throw error;
    }
    await this.#keeper.retire();
    this.#trial = null;
    try {
      await this.#keeper.promote(trial, programs);
    } catch (error) {
      await this.#goOn();
      throw error;
    }
  }

  async #replaceKeeper({ id, programs }: RestartRequest): Promise<void> {
    const { startSuccessor, belongings, answerCallers, replaced, log } = this.#parts;
    const successor = startSuccessor!(programs);
    this.#successor = successor;
    try {
      await successor.loaded();
    } catch (error) {
      await successor.abandon();
      throw error;
    }
    await this.#keeper.retire();
    try {
      const mounts = this.#keeper.passOn().map(({ descriptor, control, waiting, ...mount }) => ({
        mount,
        descriptor,
        control,
        waiting,
      }));
      await successor.take({ restart: id, mounts, ...belongings() });
      this.#isGiven = true;
      answerCallers(false);
      await successor.outlasts(probation);
    } catch (error) {
      await successor.abandon();
      if (this.#isGiven) answerCallers(true);
      this.#isGiven = false;
      await this.#goOn();
      throw error;
    }
    log.info('another keeper goes on');
    replaced();
  }

  /** The new engine may have begun calls that are nobody's now. */
  async #goOn(): Promise<void> {
    if (this.#keeper.isStopping) return;
    this.#keeper.giveUp((held) => held.resend !== true);
    const again = this.#keeper.startAgain();
    await within(againLimit, 'the engine is not back', again).catch((error: MemfsError) => {
      this.#parts.log.warn(error.message);
    });
  }

  /** The keeper is to stop. Returns whether another one goes on with the mounts, so that they are not its own. */
  abandon(): boolean {
    if (this.#isGiven) return true;
    void this.#successor?.abandon();
    void this.#trial?.abandon();
    return false;
  }

  /** This keeper is the successor; the restart is over when its predecessor is gone. */
  succeeded(id: string, gone: Promise<void>): void {
    this.#state = { id, state: 'running', error: null };
    void gone.then(() => {
      this.#state = { id, state: 'done', error: null };
    });
  }
}
