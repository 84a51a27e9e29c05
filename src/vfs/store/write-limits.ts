import { MemfsError } from '../../core/errors.js';
import type { WriteLimitOptions } from '../../core/limits.js';
import type { Actor } from '../../core/model.js';
import { type Need, writtenBytes } from './need.js';
import { WriteCalls } from './write-calls.js';

const windowMs = 60_000;
/** Beyond that the session that was heard of first is forgotten; the store's own limits hold all the same. */
const knownSessions = 4_096;
/** What is held is measured again after so long, and sooner where it seems to be too much. */
const measuredMs = 1_000;
const measuredAgainMs = 50;

/** Writes of one session, or of all, since the first one of the present minute. */
interface Spent {
  since: number;
  bytes: number;
  versions: number;
  /** Bytes of write(2) calls that had begun before a limit was reached. */
  beyond: number;
  /** Limits that the session has hit, and was told of. */
  told: Set<string>;
}

/** A limit that is hit. */
export interface Exceeded {
  /** Its name in the configuration, below `limits`. */
  readonly limit: keyof WriteLimitOptions;
  readonly session: string;
  readonly error: MemfsError;
  /** Not told of yet in this minute. */
  readonly isNews: boolean;
}

/** A limit that is hit, before it is known who is to hear of it. */
type Hit = Omit<Exceeded, 'isNews' | 'session'>;

interface Parts {
  readonly limits: WriteLimitOptions;
  /** No write(2) has more bytes than a file may have. */
  readonly longestWrite: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Bytes that the store holds on disk. */
  readonly held: () => number;
}

/**
 * How much a session, and all of them together, may write. It is asked before an operation is carried out, never when its
 * frame is carried out again, and never about what was acknowledged: a commit goes through. A minute begins with the first
 * write in it. A write(2) is not cut in two: what may be the rest of one is let through, for each session within a minute as
 * much as one can have at most. Costs a few look-ups in memory.
 */
export class WriteLimits {
  readonly #parts: Parts;
  readonly #sessions = new Map<string, Spent>();
  readonly #store: Spent = unspent(0);
  readonly #calls = new WriteCalls();
  #held = { bytes: 0, at: -Infinity, since: 0 };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Bytes on disk, as they were a moment ago. */
  get heldBytes(): number {
    this.#measure(this.#parts.now(), measuredAgainMs);
    return this.#held.bytes;
  }

  /** Null: it may be done. `unlimited`: by the minute; what the store may hold is a limit for everybody. */
  exceeded(need: Need, { session }: Actor, unlimited: boolean): Exceeded | null {
    const now = this.#parts.now();
    const hit = this.#hit(need, session, now, unlimited);
    if (hit === null) return null;
    const own = this.#of(session, now);
    if (this.#isRest(need, own)) {
      own.beyond += need.bytes;
      return null;
    }
    return { ...hit, session, isNews: isNews(own, hit.limit) };
  }

  #isRest({ piece, bytes }: Need, { beyond }: Spent): boolean {
    return (
      piece !== undefined && beyond + bytes <= this.#parts.longestWrite && this.#calls.mayGoOnWith(piece)
    );
  }

  #hit({ bytes, isVersion, makesRoom }: Need, session: string, now: number, unlimited: boolean): Hit | null {
    const { limits } = this.#parts;
    const overfull = makesRoom === true ? null : this.#overfull(bytes, now);
    if (overfull !== null || unlimited) return overfull;
    const own = this.#of(session, now);
    const whose = `the session ${session}`;
    if (bytes > 0 && isOver(own.bytes + bytes, limits.session_bytes_per_minute))
      return this.#refusal(own, now, {
        limit: 'session_bytes_per_minute',
        what: `${whose} has written ${own.bytes} bytes within a minute`,
      });
    if (!isVersion) return null;
    if (isOver(own.versions + 1, limits.session_versions_per_minute))
      return this.#refusal(own, now, {
        limit: 'session_versions_per_minute',
        what: `${whose} has made ${own.versions} versions within a minute`,
      });
    const all = renewed(this.#store, now);
    if (isOver(all.versions + 1, limits.store_versions_per_minute))
      return this.#refusal(all, now, {
        limit: 'store_versions_per_minute',
        what: `all sessions of the store have made ${all.versions} versions within a minute`,
      });
    return null;
  }

  /** What was done after all; null: it took nothing but versions. */
  spent(need: Need | null, versions: number, { session }: Actor, unlimited: boolean): void {
    if (need?.piece !== undefined) this.#calls.took(need.piece);
    const bytes = need === null ? 0 : writtenBytes(need);
    this.#held.since += bytes;
    if (unlimited || (bytes === 0 && versions === 0)) return;
    const now = this.#parts.now();
    for (const spent of [this.#of(session, now), renewed(this.#store, now)]) {
      spent.bytes += bytes;
      spent.versions += versions;
    }
  }

  #overfull(bytes: number, now: number): Hit | null {
    const limit = this.#parts.limits.store_bytes;
    if (limit === 0) return null;
    this.#measure(now, measuredMs);
    const isTooMuch = (): boolean => isOver(this.#held.bytes + this.#held.since + Math.max(bytes, 1), limit);
    if (!isTooMuch()) return null;
    this.#measure(now, measuredAgainMs);
    if (!isTooMuch()) return null;
    return {
      limit: 'store_bytes',
      error: new MemfsError('quota', `the store holds ${this.#held.bytes} bytes, and may hold ${limit}`, {
        hint: 'Make room: memfsd store retention STORE --keep-versions N, memfsd redact, or remove unversioned files; or raise limits.store_bytes in config.json.',
      }),
    };
  }

  #measure(now: number, atMostMs: number): void {
    const age = now - this.#held.at;
    if (age >= 0 && age < atMostMs) return;
    this.#held = { bytes: this.#parts.held(), at: now, since: 0 };
  }

  #refusal(
    spent: Spent,
    now: number,
    { limit, what }: { readonly limit: keyof WriteLimitOptions; readonly what: string },
  ): Hit {
    const allowed = this.#parts.limits[limit];
    const until = new Date(spent.since + windowMs);
    const seconds = Math.ceil((until.getTime() - now) / 1000);
    return {
      limit,
      error: new MemfsError('quota', `${what}, and the limit is ${allowed}`, {
        hint: `It may go on at ${until.toISOString()}, in ${seconds} s; look for a loop. The limit is limits.${limit} in config.json.`,
      }),
    };
  }

  #of(session: string, now: number): Spent {
    const known = this.#sessions.get(session);
    if (known !== undefined) return renewed(known, now);
    if (this.#sessions.size >= knownSessions) this.#sessions.delete(this.#sessions.keys().next().value!);
    const made = unspent(now);
    this.#sessions.set(session, made);
    return made;
  }
}

const unspent = (now: number): Spent => ({ since: now, bytes: 0, versions: 0, beyond: 0, told: new Set() });

const isOver = (amount: number, limit: number): boolean => limit !== 0 && amount > limit;

function isNews({ told }: Spent, limit: string): boolean {
  if (told.has(limit)) return false;
  told.add(limit);
  return true;
}

/** A clock that was set back begins another minute too. */
function renewed(spent: Spent, now: number): Spent {
  if (now >= spent.since && now < spent.since + windowMs) return spent;
  spent.since = now;
  spent.bytes = 0;
  spent.versions = 0;
  spent.beyond = 0;
  spent.told.clear();
  return spent;
}
