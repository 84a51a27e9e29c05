/** Notes the place of what agents of several sessions look for long. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { ProposedEdit } from '../../edit.js';
import type { DreamInput, Memory, TranscriptSession } from '../../input.js';
import type { Finder } from '../finder.js';
import { NotePlaces } from '../note-place.js';
import { unnamed } from './call-shape.js';
import { KnownLessons } from './known-lessons.js';
import { lessons, seenIn } from './lesson-note.js';
import { type Find, finds } from './searches.js';
import { lanesOf } from './tool-uses.js';
import { TopicWords } from './topic-words.js';

/** The fewest searches in vain of a session; one is no waste. */
const fewestInVain = 2;
/** The fewest searches in vain of all sessions together. */
const wasteful = 5;
const mostTopicWords = 4;
const mostExamples = 4;

export class SearchLessons implements Finder {
  readonly name = 'what agents look for long';
  readonly #topics = new TopicWords();
  /** Finds after searching in vain, by place and session. */
  readonly #long = new Map<string, Map<string, Find>>();
  /** The number of sessions that opened a place without searching. */
  readonly #direct = new Map<string, number>();

  observe(session: TranscriptSession, events: readonly TranscriptEvent[]): void {
    const direct = new Set<string>();
    for (const lane of lanesOf(events)) {
      for (const { request } of lane.turns) if (request !== null) this.#topics.add(request.text);
      for (const find of finds(session.id, lane)) {
        if (find.inVain < fewestInVain) direct.add(find.place);
        else this.#keep(find);
      }
    }
    for (const place of direct)
      if (this.#long.get(place)?.has(session.id) !== true)
        this.#direct.set(place, (this.#direct.get(place) ?? 0) + 1);
  }

  #keep(find: Find): void {
    const sessions = this.#long.get(find.place) ?? new Map<string, Find>();
    if (!sessions.has(find.session)) sessions.set(find.session, find);
    this.#long.set(find.place, sessions);
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const known = new KnownLessons(input.memories);
    const places = new NotePlaces(input, earlier);
    return [...this.#long].flatMap(([place, sessions]) => {
      const found = [...sessions.values()];
      const inVain = found.reduce((sum, find) => sum + find.inVain, 0);
      if (found.length < 2 || inVain < wasteful || (this.#direct.get(place) ?? 0) > found.length) return [];
      const topic = this.#topicOf(found);
      if (topic.length === 0 || known.has([place], ['']) || isMemory(place, input.memories)) return [];
      return [edit(place, topic, found, places)];
    });
  }

  #topicOf(found: readonly Find[]): string[] {
    const asked = this.#topics.shared(found.map(({ request }) => request));
    const searched = this.#topics.shared(found.map(({ patterns }) => patterns));
    return [...new Set([...asked.slice(0, mostTopicWords), ...searched.slice(0, 2)])];
  }
}

const isMemory = (place: string, memories: readonly Memory[]): boolean =>
  memories.some(({ path }) => place.endsWith(path));

function edit(place: string, topic: string[], found: readonly Find[], places: NotePlaces): ProposedEdit {
  const title = `Where to find: ${topic.join(', ')}`;
  const counts = found.map(({ inVain }) => inVain).sort((a, b) => a - b);
  const [least, most] = [counts[0]!, counts.at(-1)!];
  const times = least === most ? `${least}` : `${least} to ${most}`;
  const said = agreed(found);
  const body = [
    `- Look in \`${place}\`${said === null ? '' : `: ${said}`}`,
    `- Found there each time, after ${times} searches elsewhere in vain. ${seenIn(found.map(({ evidence }) => evidence.at(-1)!))}.`,
  ].join('\n');
  return {
    kind: 'note_pattern',
    reason: `In ${found.length} sessions agents searched ${times} times in vain before they opened ${place}.`,
    confidence: Math.min(0.95, 1 - 1 / (found.length + 1)),
    changes: [{ op: 'create', path: places.pathFor(title, lessons), text: places.text(title, body) }],
    evidence: found.slice(-mostExamples).flatMap(({ evidence }) => evidence),
  };
}

/** A sentence that agents of several sessions said in the same words; null: none. */
function agreed(found: readonly Find[]): string | null {
  const counts = new Map<string, number>();
  for (const { said } of found) if (said !== null) counts.set(said, (counts.get(said) ?? 0) + 1);
  const [sentence, n] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 1]);
  return n < 2 ? null : sentence.split(' ').map(unnamed).join(' ');
}
