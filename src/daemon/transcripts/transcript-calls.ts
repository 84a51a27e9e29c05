/** The messages between the engine and the thread of the transcripts. */
import type { ErrorCode } from '../../core/errors.js';

export interface TranscriptCall {
  readonly number: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type TranscriptAnswer =
  | { readonly number: number; readonly value: unknown }
  | {
      readonly number: number;
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
      };
    };

export interface EventPage {
  /** Events as JSON lines. */
  readonly lines: Uint8Array;
  readonly count: number;
  /** The cursor of the last one; null: there are none. */
  readonly last: string | null;
}
