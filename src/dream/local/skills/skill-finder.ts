/** Proposes procedures that worked again and again as skills, in the public Agent Skills format. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { ProposedEdit } from '../../edit.js';
import { eventEvidence } from '../../evidence.js';
import type { DreamInput, Memory, TranscriptSession } from '../../input.js';
import type { Finder } from '../finder.js';
import { seenIn } from '../lessons/lesson-note.js';
import { lanesOf } from '../lessons/tool-uses.js';
import { TopicWords } from '../lessons/topic-words.js';
import { slugOf } from '../note-place.js';
import { textHash } from '../patterns/text-hash.js';
import { type Procedure, procedures, type Sequence } from './procedures.js';
import { type Run, runsOf, type Step } from './runs.js';
import { skillText } from './skill-text.js';

const mostSkills = 5;
const mostExamples = 3;
/** The share of the steps that a memory must name to be about the same. */
const sameSteps = 0.6;

export class SkillFinder implements Finder {
  readonly name = 'procedures that worked again and again';
  readonly #sequences: Sequence[] = [];
  readonly #topics = new TopicWords();

  observe(session: TranscriptSession, events: readonly TranscriptEvent[]): void {
    for (const { request } of lanesOf(events).flatMap(({ turns }) => turns))
      if (request !== null) this.#topics.add(request.text);
    runsIn(session.id, events).forEach(({ steps }, run) => {
      this.#sequences.push({ session: session.id, run, kinds: steps.map(({ kind }) => textHash(kind)) });
    });
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const sessions = new Map(input.sessions.map((session) => [session.id, session]));
    const taken = new Set([
      ...input.memories.map(({ path }) => path),
      ...earlier.flatMap(({ changes }) => changes.map(({ path }) => path)),
    ]);
    return procedures(this.#sequences)
      .flatMap((procedure) => this.#edit(procedure, sessions, input.memories, taken) ?? [])
      .slice(0, mostSkills);
  }

  #edit(
    { cases, length }: Procedure,
    sessions: ReadonlyMap<string, TranscriptSession>,
    memories: readonly Memory[],
    taken: Set<string>,
  ): ProposedEdit | null {
    const done = cases.map(({ sequence, from }): Case => {
      const events = [...sessions.get(sequence.session)!.events()];
      const run = runsIn(sequence.session, events)[sequence.run]!;
      return { request: run.request, steps: run.steps.slice(from, from + length) };
    });
    const programs = new Set(done[0]!.steps.map(({ shape }) => shape.program));
    if (programs.size < 2 || isKnown(done[0]!.steps, memories)) return null;
    const topic = this.#topics.shared(done.map(({ request }) => request)).slice(0, 4);
    const name = slugOf(
      topic.length >= 2 ? inOrder(topic, done.at(-1)!.request).join(' ') : [...programs].join(' '),
    );
    const path = `/skills/${name}/SKILL.md`;
    if (taken.has(path)) return null;
    taken.add(path);
    const evidence = done.map(({ steps }) =>
      steps.map(({ use: { call } }) => eventEvidence(call, call.text, 300)),
    );
    const text = skillText(
      name,
      topic,
      done.map(({ steps }) => steps),
      seenIn(evidence.map(([first]) => first!)),
    );
    return {
      kind: 'note_pattern',
      reason: `The same ${length} steps worked in ${done.length} sessions.`,
      confidence: Math.min(0.9, 1 - 1.5 / (done.length + 1)),
      changes: [{ op: 'create', path, text }],
      evidence: evidence.slice(-mostExamples).flat(),
    };
  }
}

interface Case {
  readonly request: string;
  readonly steps: readonly Step[];
}

const runsIn = (session: string, events: readonly TranscriptEvent[]): (Run & { request: string })[] =>
  lanesOf(events).flatMap((lane) =>
    runsOf(session, lane).map((run) => ({ ...run, request: lane.turns[run.turn]!.request?.text ?? '' })),
  );

/** Whether a memory names most of the steps, and so describes them already. */
const isKnown = (steps: readonly Step[], memories: readonly Memory[]): boolean =>
  memories.some(({ text }) => {
    const named = steps.filter(({ shape }) => text.includes(shape.head));
    return named.length >= sameSteps * steps.length;
  });

const inOrder = (words: readonly string[], text: string): string[] =>
  words.toSorted((a, b) => text.toLowerCase().indexOf(a) - text.toLowerCase().indexOf(b));
