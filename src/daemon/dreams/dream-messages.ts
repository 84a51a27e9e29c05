/** Messages between the engine and the thread of a dream. */
import type { ErrorCode } from '../../core/errors.js';
import type { Scope } from '../../core/scope.js';
import type { Outcome } from '../../dream/kept/dreams.js';
import type { DreamConfig } from '../config.js';
import type { StoreFile } from './dream-source.js';

/** Given to the thread when it starts. */
export interface DreamJob {
  /** Its id in dreams.db. */
  readonly dream: string;
  /** The data directory. */
  readonly data: string;
  /** The databases of all stores. */
  readonly files: readonly StoreFile[];
  /** The scopes of all mounts of the dream's store. */
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

/** All of the outcome but the branch, which the engine makes. */
export type DreamResult = Omit<Outcome, 'branch'>;

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
