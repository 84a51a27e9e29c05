/** The input of a dream. Nothing in it changes while the dream runs. */
import type { Scope } from '../core/scope.js';
import type { TranscriptEvent } from '../sessions/event.js';

/** The newest version of a memory: a regular UTF-8 file in the versioned part of the store. */
export interface Memory {
  /** `/`-rooted. */
  readonly path: string;
  readonly text: string;
  /** `memver_…` */
  readonly version: string;
  readonly seq: number;
  /** Lowercase hex. */
  readonly sha256: string;
  /** RFC 3339, UTC: when this version was made, and the first one of the memory. */
  readonly time: string;
  readonly created: string;
  /** RFC 3339, UTC: the file's modification time; for an imported file it is older than its versions. */
  readonly modified: string;
  /** The agent and the session that made this version. */
  readonly agent: string;
  readonly session: string;
}

export interface TranscriptSession {
  readonly id: string;
  readonly agent: string | null;
  /** RFC 3339; null: none of its events has a time. */
  readonly firstTime: string | null;
  readonly lastTime: string | null;
  /** Read anew at each call, in order; secrets are masked already. */
  events(): Iterable<TranscriptEvent>;
}

/** A version that one of the sessions has read through a mount. */
export interface ReadVersion {
  readonly session: string;
  /** `memstore_…` */
  readonly store: string;
  readonly path: string;
  readonly text: string;
  /** RFC 3339, UTC. */
  readonly time: string;
}

export interface DreamInput {
  /** `memstore_…` */
  readonly store: string;
  /** RFC 3339, UTC: the last moment that the transcripts know; without any, when the dream began. */
  readonly now: string;
  /** Sorted by path. */
  readonly memories: readonly Memory[];
  /** Sorted by their first time. */
  readonly sessions: readonly TranscriptSession[];
  /**
   * Versions that the sessions read in this store and in others: transcript text that repeats one is an echo.
   */
  readonly reads: readonly ReadVersion[];
  /** The scopes of all mounts of this store: they tell who may read what. */
  readonly scopes: readonly Scope[];
  /** Instructions of the person who asked for the dream; null: none. */
  readonly instructions: string | null;
}
