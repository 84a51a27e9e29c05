/** The session of a run: begun for COMMAND and all that descends from it, and ended with it. */
import { randomBytes } from 'node:crypto';
import type { ControlClient } from '../../api/client/client.js';
import type { LiveSession } from '../../api/endpoints/sessions.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import type { Context } from '../context.js';
import { namedProcesses, startOf } from './left-behind.js';

interface Names {
  readonly session: string | undefined;
  readonly agent: string | undefined;
}

export class RunSession {
  readonly actor: { readonly session: string; readonly agent: string };
  readonly #client: ControlClient;
  /** The caller's own: it is not this run's to begin or to end. */
  readonly #isCallers: boolean;
  /** When COMMAND began, in ticks since boot. */
  #start: number | undefined;

  private constructor(client: ControlClient, session: string, agent: string, isCallers: boolean) {
    this.actor = { session, agent };
    this.#client = client;
    this.#isCallers = isCallers;
  }

  /** A run inside of a session belongs to that. Throws `busy` for a session that another run has. */
  static async choose(context: Context, client: ControlClient, names: Names): Promise<RunSession> {
    const { session: callers } = await client.daemon.status();
    const agent = names.agent ?? context.actor().agent;
    if (callers !== null) return new RunSession(client, names.session ?? callers, agent, true);
    const session = names.session ?? newId('session', randomBytes);
    const { sessions } = await client.sessions.live();
    const live = sessions.find(({ id }) => id === session);
    if (live !== undefined && live.ended_at === null && live.processes.some(({ tree }) => tree))
      throw new MemfsError('busy', `the session "${session}" has processes already`, {
        hint: 'choose another with --session, or see memfsd session list --live',
      });
    return new RunSession(client, session, agent, false);
  }

  /** `pid`: it, and what will descend from it. */
  async begin(pid: number): Promise<void> {
    if (this.#isCallers) return;
    this.#start = startOf(pid);
    await this.#client.sessions.begin({ ...this.actor, pid, origin: 'run' });
  }

  /** What COMMAND left at work, which the daemon then waits for. None where the session goes on anyway. */
  async leftBehind(): Promise<LiveSession['processes']> {
    if (this.#isCallers || this.#start === undefined) return [];
    const { session } = this.actor;
    const live = async (): Promise<LiveSession['processes']> => {
      const { processes } =
        (await this.#client.sessions.live()).sessions.find(({ id }) => id === session) ?? {};
      return processes?.filter(({ tree }) => tree) ?? [];
    };
    try {
      const found = await live();
      const unknown = namedProcesses(session, this.#start).filter(
        (pid) => !found.some((each) => each.pid === pid),
      );
      for (const pid of unknown) await this.#adopt(pid);
      return unknown.length === 0 ? found : await live();
    } catch (thrown) {
      if (asMemfsError(thrown).code !== 'unreachable') throw thrown;
      return [];
    }
  }

  /** One that has ended, or that is another user's, needs no session. */
  async #adopt(pid: number): Promise<void> {
    try {
      await this.#client.sessions.begin({ ...this.actor, pid, origin: 'run' });
    } catch (thrown) {
      if (!['not_found', 'not_permitted'].includes(asMemfsError(thrown).code)) throw thrown;
    }
  }

  /** Does nothing where the daemon is gone: it ends sessions whose processes have. */
  async end(): Promise<void> {
    if (this.#isCallers) return;
    try {
      await this.#client.sessions.end({ session: this.actor.session });
    } catch (thrown) {
      const error = asMemfsError(thrown);
      if (error.code !== 'unreachable') throw error;
    }
  }
}
