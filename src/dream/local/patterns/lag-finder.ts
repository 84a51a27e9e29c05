/** Notes that one event follows another after a fixed time, where no single session shows it. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { EventEvidence, ProposedEdit } from '../../edit.js';
import type { DreamInput, Memory, TranscriptSession } from '../../input.js';
import type { Finder } from '../finder.js';
import { type NoteKind, NotePlaces } from '../note-place.js';
import { dayOf } from './clock-reading.js';
import { sayDuration } from './duration.js';
import { eventNames } from './event-names.js';
import { type LaggedPair, laggedPairs } from './lagged-pairs.js';
import { tellingPairs } from './telling-pairs.js';
import { textHash } from './text-hash.js';
import { timedLines } from './timed-lines.js';
import { identityOf, type Occurrence, Timeline } from './timeline.js';

const patterns: NoteKind = {
  folders: /^(patterns?|correlations?|observations?|insights?|findings?)$/i,
  folder: 'patterns',
};
const mostNotes = 12;
const mostExamples = 4;

export class LagFinder implements Finder {
  readonly name = 'events that follow each other';
  readonly #timeline = new Timeline();

  observe(session: TranscriptSession, events: readonly TranscriptEvent[]): void {
    const calls = new Map<string, string>();
    for (const event of events) {
      if (event.kind === 'tool_call') calls.set(event.tool_id ?? '', `${event.tool_name} ${event.text}`);
      else if (event.kind === 'tool_result' || event.kind === 'user_text' || event.kind === 'agent_text') {
        const call = calls.get(event.tool_id ?? '') ?? '';
        const lines = timedLines(event.text, secondsOf(event.time ?? session.lastTime), call);
        this.#timeline.add(session.id, event, textHash(call.replace(/\d+/g, '*')), lines);
      }
    }
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const echoes = [...input.memories, ...input.reads].flatMap(({ text, time }) =>
      timedLines(text, secondsOf(time), '').map(identityOf),
    );
    this.#timeline.withoutEchoes(new Set(echoes));
    const places = new NotePlaces(input, earlier);
    const sessions = new Map(input.sessions.map((session) => [session.id, session]));
    return tellingPairs(laggedPairs(this.#timeline))
      .slice(0, mostNotes)
      .flatMap((pair) => this.#note(pair, input.memories, sessions, places) ?? []);
  }

  #note(
    pair: LaggedPair,
    memories: readonly Memory[],
    sessions: ReadonlyMap<string, TranscriptSession>,
    places: NotePlaces,
  ): ProposedEdit | null {
    const examples = spread(pair.hits, mostExamples).map((hit) =>
      hit.map((occurrence) => this.#quote(occurrence, sessions)),
    );
    const quoted = examples.flat().filter((evidence) => evidence !== null);
    const [first, second] = [pair.first.name, pair.second.name].map((name) => nameIn(quoted, name));
    if (first === undefined || second === undefined) return null;
    if (memories.some((memory) => tells(memory.text, first, second, pair.lag))) return null;
    const { hits, tries, lag, spread: apart } = pair;
    const most = Math.max(...hits.map(([a, b]) => Math.abs(b.at - a.at - lag)));
    const days = hits.map(([{ at }]) => dayOf(at)).sort();
    const after = sayDuration(lag, most);
    const title = `${head(second)} follows ${head(first)} after ${after.replace(/ \(.*/, '')}`;
    const exactly = apart < 1 ? 'each time to the second' : `to within ${Math.ceil(most)} s`;
    const body = [
      `\`${second}\` comes ${after} after \`${first}\`, ${exactly}.`,
      '',
      `- Seen ${hits.length} times in ${pair.sessions.size} sessions, ${days[0]} to ${days.at(-1)}.`,
      `- After ${hits.length} of ${tries} occurrences of the first (${Math.round((100 * hits.length) / tries)} %).`,
    ].join('\n');
    return {
      kind: 'note_pattern',
      reason: `Across ${pair.sessions.size} sessions "${second}" comes ${after} after "${first}".`,
      confidence: Math.min(0.95, (hits.length / tries) * (1 - 1 / (hits.length + 1))),
      changes: [{ op: 'create', path: places.pathFor(title, patterns), text: places.text(title, body) }],
      evidence: quoted,
    };
  }

  #quote(occurrence: Occurrence, sessions: ReadonlyMap<string, TranscriptSession>): EventEvidence | null {
    const { session, cursor } = this.#timeline.excerpts[occurrence.excerpt]!;
    for (const event of sessions.get(session)?.events() ?? [])
      if (event.cursor === cursor) {
        const quote = event.text.slice(occurrence.start, occurrence.end);
        return { type: 'event', session, event: cursor, time: event.time, origin: event.origin, quote };
      }
    return null;
  }
}

const secondsOf = (time: string | null): number => (time === null ? 0 : Date.parse(time) / 1000);

/** At most this many, spread from the first to the last. */
function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]!);
}

/** The name with that hash, as the quoted lines have it. */
function nameIn(quotes: readonly EventEvidence[], name: number): string | undefined {
  for (const { quote, time } of quotes)
    for (const { texts } of timedLines(quote, secondsOf(time), ''))
      for (const text of texts)
        for (const each of eventNames(text)) if (textHash(each) === name) return withoutPersons(each);
  return undefined;
}

const withoutPersons = (name: string): string => name.replace(/\S+@\S+\.\w+/g, '*');

/** A short name for a person. */
const head = (name: string): string =>
  name
    .split(' ')
    .filter((word) => !word.includes('*'))
    .slice(0, 3)
    .join(' ') || name;

/** Whether a text names both and the time between them. */
function tells(text: string, first: string, second: string, lag: number): boolean {
  const says = text.toLowerCase();
  const named = (name: string): boolean => {
    const words = name.toLowerCase().match(/[\p{L}][\p{L}\d_-]{3,}/gu) ?? [];
    return words.filter((word) => says.includes(word)).length >= 0.7 * words.length;
  };
  const times = [`${Math.round(lag)} ?s`, `${Math.round(lag / 60)}[ -]?min`, `${Math.round(lag / 3_600)} ?h`];
  return named(first) && named(second) && times.some((time) => new RegExp(`\\b${time}`).test(says));
}
