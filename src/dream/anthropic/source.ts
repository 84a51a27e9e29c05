/** The memories and transcripts that the tools may read. Nothing here is masked yet. */
import { MemfsError } from '../../core/errors.js';
import type { TranscriptEvent } from '../../sessions/event.js';
import type { DreamInput, Memory, TranscriptSession } from '../input.js';

export class Source {
  readonly sessions: readonly TranscriptSession[];
  readonly #memories: ReadonlyMap<string, Memory>;
  readonly #sessions: ReadonlyMap<string, TranscriptSession>;

  constructor({ memories, sessions }: DreamInput) {
    this.sessions = sessions;
    this.#memories = new Map(memories.map((memory) => [memory.path, memory]));
    this.#sessions = new Map(sessions.map((session) => [session.id, session]));
  }

  /** The memory as it was when the dream began. */
  memory(path: string): Memory | undefined {
    return this.#memories.get(path);
  }

  session(id: string): TranscriptSession {
    const session = this.#sessions.get(id);
    if (session === undefined)
      throw new MemfsError('not_found', `there is no session '${id}'`, { hint: 'list_sessions names them' });
    return session;
  }

  /** The events behind the one with this cursor; undefined: from the first. Throws `not_found`. */
  *events(session: string, after?: string): Generator<TranscriptEvent> {
    let begun = after === undefined;
    for (const event of this.session(session).events()) {
      if (begun) yield event;
      else begun = event.cursor === after;
    }
    if (!begun) throw noEvent(session, after!);
  }

  event(session: string, cursor: string): TranscriptEvent {
    for (const event of this.session(session).events()) if (event.cursor === cursor) return event;
    throw noEvent(session, cursor);
  }
}

const noEvent = (session: string, cursor: string): MemfsError =>
  new MemfsError('not_found', `session '${session}' has no event '${cursor}'`, {
    hint: 'read_transcript and search_transcripts name the events',
  });
