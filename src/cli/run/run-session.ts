/** The session of a run: begun for COMMAND and all that descends from it, and ended with it. */
import { randomBytes } from 'node:crypto';
import type { ControlClient } from '../../api/client/client.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import type { Context } from '../context.js';

interface Names {
  readonly session: string | undefined;
  readonly agent: string | undefined;
}

export class RunSession {
  readonly actor: { readonly session: string; readonly agent: string };
  readonly #client: ControlClient;
  /** The caller's own: it is not this run's to begin or to end. */
  readonly #isCallers: boolean;

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
    if (!this.#isCallers) await this.#client.sessions.begin({ ...this.actor, pid, origin: 'run' });
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
