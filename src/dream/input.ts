/** What a dream is made from. Nothing in it changes while the dream runs. */
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
  /** RFC 3339, UTC: of the file; of an imported one it is older than its versions. */
  readonly modified: string;
  /** Who made this version. */
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
  /** What they read from this store and from others: transcript text that repeats it is an echo. */
  readonly reads: readonly ReadVersion[];
  /** Of all mounts of this store: who may read what. */
  readonly scopes: readonly Scope[];
  /** What the person who asked for the dream wants of it; null: nothing special. */
  readonly instructions: string | null;
}
