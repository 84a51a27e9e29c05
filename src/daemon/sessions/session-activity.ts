/** Calls and refusals of each session since the engine started. */
import { ExitCode, type MemfsError, meaningOf } from '../../core/errors.js';

export interface Activity {
  /** In ms of the epoch; 0: never. */
  readonly last: number;
  readonly calls: number;
  readonly refusals: number;
}

const none: Activity = { last: 0, calls: 0, refusals: 0 };
/** Beyond that the one that was first heard of longest ago is forgotten. */
const capacity = 16_384;

/** Refused because of who asks, or because of what others have done meanwhile; not because it makes no sense. */
export const isRefusal = ({ code }: Pick<MemfsError, 'code'>): boolean =>
  code === 'conflict' || code === 'quota' || meaningOf(code).exit === ExitCode.permission;

export class SessionActivity {
  readonly #now: () => number;
  readonly #sessions = new Map<string, { last: number; calls: number; refusals: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  called(session: string): void {
    const activity = this.#of(session);
    activity.last = this.#now();
    activity.calls += 1;
  }

  refused(session: string): void {
    this.#of(session).refusals += 1;
  }

  of(session: string): Activity {
    return this.#sessions.get(session) ?? none;
  }

  #of(session: string): { last: number; calls: number; refusals: number } {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    if (this.#sessions.size >= capacity) this.#sessions.delete(this.#sessions.keys().next().value!);
    const made = { ...none };
    this.#sessions.set(session, made);
    return made;
  }
}
