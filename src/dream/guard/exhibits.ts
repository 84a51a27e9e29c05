/** Looks evidence up in the input of the dream. */
import type { EditSource, Evidence, ProposedEdit } from '../edit.js';
import type { DreamInput, Memory } from '../input.js';
import { authorityOf } from '../trust/authority.js';
import { contextsOf, type EventContext } from '../trust/context.js';
import { Echoes } from '../trust/echo.js';
import { instructionIn } from '../trust/instructions.js';

export interface Exhibit {
  readonly evidence: Evidence;
  /** Tells why it is no evidence; null: it is. */
  readonly fault: string | null;
  readonly source: EditSource;
  /** Whether it repeats what a store says. */
  readonly isEcho: boolean;
  /** Tells how it instructs its reader; null: it does not. */
  readonly instruction: string | null;
  /** The text with what belongs to it: the call of a result, the words before an answer. */
  readonly surroundings: string;
  /** The event with its call or result; null for a version of a memory. */
  readonly context: EventContext | null;
  /** The memory as it is now, where the cited version is that one; else null. */
  readonly memory: Memory | null;
}

/** Whether it is an event and no echo. */
export const isOwn = ({ isEcho, context }: Exhibit): boolean => context !== null && !isEcho;

/** Whether it proves anything: what the agent says of itself does not. */
export const isWitness = (exhibit: Exhibit): boolean => isOwn(exhibit) && exhibit.source !== 'agent';

/** The turns of the conversation before an answer that tell what it is about. */
const earlier = 3;
const longest = 4000;

interface Cited {
  readonly context: EventContext;
  readonly previous: readonly string[];
}

/** Finds evidence. Reads each session that any of the edits cites, once. */
export class Exhibits {
  readonly #cited = new Map<string, Cited>();
  readonly #sessions: ReadonlySet<string>;
  readonly #memories: ReadonlyMap<string, Memory>;
  readonly #echoes: Echoes;

  constructor(input: DreamInput, edits: readonly ProposedEdit[]) {
    this.#echoes = new Echoes(input);
    this.#memories = new Map(input.memories.map((memory) => [memory.version, memory]));
    this.#sessions = new Set(input.sessions.map(({ id }) => id));
    const cited = edits.flatMap(({ evidence }) => evidence).filter((each) => each.type === 'event');
    const wanted = new Set(cited.map(({ session, event }) => keyOf(session, event)));
    const sessions = new Set(cited.map(({ session }) => session));
    for (const session of input.sessions)
      if (sessions.has(session.id)) this.#read(session.id, [...session.events()], wanted);
  }

  #read(session: string, events: Parameters<typeof contextsOf>[0], wanted: ReadonlySet<string>): void {
    for (const context of contextsOf(events).values()) {
      const key = keyOf(session, context.event.cursor);
      if (!wanted.has(key)) continue;
      const at = events.indexOf(context.event);
      const spoken = events.slice(0, at).filter(({ kind }) => kind === 'user_text' || kind === 'agent_text');
      const previous = spoken.slice(-earlier).map(({ text }) => cut(text));
      this.#cited.set(key, { context, previous });
    }
  }

  of(evidence: Evidence): Exhibit {
    return evidence.type === 'event' ? this.#ofEvent(evidence) : this.#ofMemory(evidence);
  }

  #ofEvent(evidence: Evidence & { type: 'event' }): Exhibit {
    const cited = this.#cited.get(keyOf(evidence.session, evidence.event));
    if (cited === undefined) return { ...noEvent(evidence), fault: this.#missing(evidence) };
    const { context, previous } = cited;
    const { event, call, result } = context;
    const source = authorityOf(context);
    return {
      evidence,
      fault: faultOf(evidence, context),
      source,
      isEcho: this.#echoes.isEcho(context, evidence.quote),
      // Who plants an instruction in a text may have planted the rest of it too.
      instruction: source === 'user' || source === 'agent' ? null : instructionIn(event.text),
      surroundings: [
        ...(event.kind === 'user_text' ? previous : []),
        ...[call?.text ?? '', event.text, result?.text ?? ''].map(cut),
      ].join('\n'),
      context,
      memory: null,
    };
  }

  #missing({ session, event }: Evidence & { type: 'event' }): string {
    return this.#sessions.has(session)
      ? `session ${session} has no event ${event}`
      : `session ${session} is none of those that the dream was made from`;
  }

  #ofMemory(evidence: Evidence & { type: 'memory' }): Exhibit {
    const { path, version, quote, line } = evidence;
    const found = this.#memories.get(version);
    const memory = found?.path === path ? found : null;
    return {
      evidence,
      fault:
        memory === null
          ? `${path} has no version ${version} in what the dream was made from`
          : standsAt(memory.text, quote, line)
            ? null
            : `line ${line} of ${path} does not say what is quoted from it`,
      source: 'memory',
      isEcho: false,
      instruction: instructionIn(quote),
      surroundings: `${path}\n${quote}`,
      context: null,
      memory,
    };
  }
}

const keyOf = (session: string, cursor: string): string => JSON.stringify([session, cursor]);

const cut = (text: string): string => text.slice(0, longest);

const noEvent = (evidence: Evidence & { type: 'event' }): Omit<Exhibit, 'fault'> => ({
  ...{ evidence, source: 'agent' as const, isEcho: false, instruction: null },
  ...{ surroundings: evidence.quote, context: null, memory: null },
});

function faultOf(evidence: Evidence & { type: 'event' }, { event }: EventContext): string | null {
  const where = `event ${evidence.event} of session ${evidence.session}`;
  if (evidence.quote.trim() === '' || !event.text.includes(evidence.quote))
    return `${where} does not say what is quoted from it`;
  if (event.origin !== evidence.origin)
    return `${where} is of origin ${event.origin}, not ${evidence.origin}`;
  return event.time === evidence.time ? null : `${where} is of another time than it is said to be`;
}

/** Whether the quote begins in that line or goes on in it. */
function standsAt(text: string, quote: string, line: number): boolean {
  if (quote.trim() === '') return false;
  for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 1)) {
    const first = text.slice(0, at).split('\n').length;
    if (line >= first && line < first + quote.split('\n').length) return true;
  }
  return false;
}
