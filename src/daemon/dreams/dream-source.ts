/** Reads the input of a dream: the store, what its sessions have read anywhere, and their transcripts. */
import { isUtf8 } from 'node:buffer';
import type { Scope } from '../../core/scope.js';
import type { DreamRequest } from '../../dream/dream.js';
import type { DreamInput, Memory, ReadVersion, TranscriptSession } from '../../dream/input.js';
import { selectSessions } from '../../dream/triggers/select-sessions.js';
import { type PresentMemory, PresentState } from '../../journal/tree/present.js';
import type { TranscriptEvent } from '../../sessions/event.js';
import type { SessionSummary, Transcripts } from '../../sessions/transcripts.js';
import { isRegular } from '../../vfs/store/mode.js';
import { versionId } from '../../vfs/store/public-ids.js';

/** In bytes; a longer file is no memory that a dream could mend. */
const longestMemory = 1024 * 1024;
const eventPage = 500;

export interface StoreFile {
  /** `memstore_…` */
  readonly id: string;
  readonly path: string;
}

export interface SourceParts {
  readonly store: string;
  /** The databases of all stores, this one among them. */
  readonly files: readonly StoreFile[];
  readonly scopes: readonly Scope[];
  readonly transcripts: Transcripts;
  readonly request: DreamRequest;
  /** How many events of each session an earlier dream has seen. */
  readonly seen: ReadonlyMap<string, number>;
  /** RFC 3339, UTC: when the dream began. */
  readonly began: string;
}

export interface Source {
  readonly input: DreamInput;
  /** The newest record of the store. */
  readonly base: number;
  readonly sessions: readonly { readonly id: string; readonly events: number }[];
  readonly remarks: readonly string[];
}

export function readSource(parts: SourceParts): Source {
  const { store, files, transcripts, request, seen } = parts;
  const state = new PresentState(files.find(({ id }) => id === store)!.path);
  try {
    const known = { transcripts: transcripts.list(null), ofStore: state.sessions(), seen };
    const { sessions, remarks } = selectSessions(request, store, known);
    const { memories, skipped } = memoriesOf(state, store);
    const elsewhere = files
      .filter(({ id }) => id !== store)
      .map((file) => ({ id: file.id, reads: readsElsewhere(file, sessions) }));
    const reads = [...readsOf(state, store, sessions), ...elsewhere.flatMap((other) => other.reads ?? [])];
    const unread = elsewhere.flatMap((other) => (other.reads === null ? [other.id] : []));
    const times = sessions.flatMap(({ last_time }) => last_time ?? []);
    const input: DreamInput = {
      store,
      now: times.sort().at(-1) ?? parts.began,
      memories,
      sessions: sessions.map((session) => transcriptOf(transcripts, session)),
      reads,
      scopes: parts.scopes,
      instructions: request.instructions,
    };
    return {
      input,
      base: state.head,
      sessions: sessions.map(({ id, events }) => ({ id, events })),
      remarks: [
        ...remarks,
        ...unread.map((id) => `what sessions have read of the store ${id} is not known: it cannot be read`),
        ...skipped.map((path) => `${path} is too long or no text, and was left alone`),
      ],
    };
  } finally {
    state.close();
  }
}

function memoriesOf(state: PresentState, store: string): { memories: Memory[]; skipped: string[] } {
  const memories: Memory[] = [];
  const skipped: string[] = [];
  for (const memory of state.memories()) {
    if (!isRegular(memory.mode)) continue;
    const bytes = memory.size > longestMemory ? null : state.bytes(memory.content);
    if (bytes !== null && isText(bytes) && isUtf8(memory.path))
      memories.push(memoryOf(store, memory, bytes.toString()));
    else skipped.push(memory.path.toString());
  }
  return { memories: memories.sort((a, b) => (a.path < b.path ? -1 : 1)), skipped };
}

const isText = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

const timeOf = (ms: number): string => new Date(ms).toISOString();

const memoryOf = (store: string, memory: PresentMemory, text: string): Memory => ({
  path: memory.path.toString(),
  text,
  version: versionId(store, memory.seq),
  seq: memory.seq,
  sha256: memory.sha256.toString('hex'),
  time: timeOf(memory.timeMs),
  created: timeOf(memory.createdMs),
  modified: timeOf(memory.mtimeMs),
  agent: memory.agent,
  session: memory.session,
});

/** The versions that the sessions read. A text that several of them read is in memory once. */
function readsOf(state: PresentState, store: string, sessions: readonly SessionSummary[]): ReadVersion[] {
  const texts = new Map<number, string | null>();
  const textOf = (content: number): string | null => {
    let text = texts.get(content);
    if (text === undefined) {
      const bytes = state.bytes(content);
      text = bytes.length <= longestMemory && isText(bytes) ? bytes.toString() : null;
      texts.set(content, text);
    }
    return text;
  };
  return sessions.flatMap(({ id }) =>
    state.readsOf(id).flatMap(({ session, path, content, timeMs }) => {
      const text = textOf(content);
      if (text === null) return [];
      return [{ session, store, path: path.toString(), text, time: timeOf(timeMs) }];
    }),
  );
}

/** Null when the other store cannot be read. */
function readsElsewhere(file: StoreFile, sessions: readonly SessionSummary[]): ReadVersion[] | null {
  let state: PresentState | undefined;
  try {
    state = new PresentState(file.path);
    return readsOf(state, file.id, sessions);
  } catch {
    return null;
  } finally {
    state?.close();
  }
}

const transcriptOf = (
  transcripts: Transcripts,
  { id, agent, first_time, last_time }: SessionSummary,
): TranscriptSession => ({
  id,
  agent,
  firstTime: first_time,
  lastTime: last_time,
  events: () => eventsOf(transcripts, id),
});

function* eventsOf(transcripts: Transcripts, session: string): Generator<TranscriptEvent> {
  for (let after: string | null = null; ; ) {
    const page = transcripts.events(session, after, eventPage);
    yield* page;
    if (page.length < eventPage) return;
    after = page.at(-1)!.cursor;
  }
}
