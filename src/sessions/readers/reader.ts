/** The interface of a reader of a format, and the shape in which it gives one message. */
import type { EventBody, EventKind, EventOrigin } from '../event.js';
import type { Json } from './json.js';

/** Where a record begins. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** In bytes. */
  readonly offset: number;
}

/** The fields that all parts of a message share. */
export interface Envelope extends Position {
  readonly session: string;
  readonly entry: string;
  readonly parent: string | null;
  readonly time: string | null;
  readonly subagent: string | null;
  readonly sidechain: boolean;
  readonly cwd: string | null;
  readonly model: string | null;
}

export interface Part {
  readonly kind: EventKind;
  readonly origin: EventOrigin;
  readonly text: string;
  readonly tool_id?: string | null;
  readonly tool_name?: string | null;
  readonly is_error?: boolean;
}

/** A reader's knowledge of what came before, to go on in the middle of a file. JSON. */
export interface ReaderState {
  readonly format: FormatName;
  readonly session: string;
  /** Records that it has read. */
  readonly records: number;
  readonly previous: string | null;
}

export type FormatName = 'claude_code' | 'session_events' | 'messages';

export interface Reader {
  readonly state: ReaderState;
  /** Never throws; what it does not know gives nothing. */
  read(record: Json, position: Position): EventBody[];
}

export interface Format {
  readonly name: FormatName;
  /** Whether only this format has such records. */
  recognises(record: Json): boolean;
  /** Its records name their session, though perhaps not the first ones. */
  readonly namesSessions: boolean;
  /** The session that a record says it belongs to. */
  sessionOf(record: Json): string | undefined;
  reader(state: ReaderState): Reader;
}

export const eventsOf = (envelope: Envelope, parts: readonly Part[]): EventBody[] =>
  parts.map((part, i) => ({
    tool_id: null,
    tool_name: null,
    is_error: false,
    ...envelope,
    ...part,
    part: i,
    cut: 0,
  }));
