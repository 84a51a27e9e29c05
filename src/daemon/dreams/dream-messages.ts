/** What the engine and the thread of a dream say to each other. */
import type { ErrorCode } from '../../core/errors.js';
import type { Scope } from '../../core/scope.js';
import type { Usage } from '../../dream/consolidator.js';
import type { Edit } from '../../dream/edit.js';
import type { DreamConfig } from '../config.js';
import type { StoreFile } from './dream-source.js';

/** Given to the thread when it starts. */
export interface DreamJob {
  /** Its id in dreams.db. */
  readonly dream: string;
  /** The data directory. */
  readonly data: string;
  /** Of every store. */
  readonly files: readonly StoreFile[];
  /** Of all mounts of the dream's store. */
  readonly scopes: readonly Scope[];
  readonly config: DreamConfig;
  /** RFC 3339, UTC: now. */
  readonly began: string;
}

export interface DreamProgress {
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

export interface DreamResult {
  /** The newest record of the store when it was read. */
  readonly base: number;
  /** The refused ones among them. */
  readonly edits: readonly Edit[];
  readonly usage: Usage | null;
  readonly remarks: readonly string[];
  readonly sessions: readonly { readonly id: string; readonly events: number }[];
  readonly removedBytes: number;
  readonly memories: number;
  /** RFC 3339: of the sessions. */
  readonly firstTime: string | null;
  readonly lastTime: string | null;
}

export type DreamMessage =
  | { readonly progress: DreamProgress }
  | { readonly result: DreamResult }
  | {
      readonly failed: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
      };
    };
