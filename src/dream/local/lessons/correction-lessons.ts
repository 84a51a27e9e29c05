/** Notes corrections that users made in several sessions. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { ProposedEdit } from '../../edit.js';
import type { DreamInput, TranscriptSession } from '../../input.js';
import type { Finder } from '../finder.js';
import { NotePlaces } from '../note-place.js';
import { commonForm } from './common-form.js';
import { type Correction, corrections } from './corrections.js';
import { KnownLessons } from './known-lessons.js';
import { lessons, seenIn } from './lesson-note.js';
import { lanesOf } from './tool-uses.js';

const mostExamples = 4;

export class CorrectionLessons implements Finder {
  readonly name = 'what users set right';
  readonly #corrections = new Map<string, Correction[]>();

  observe(session: TranscriptSession, events: readonly TranscriptEvent[]): void {
    for (const lane of lanesOf(events))
      for (const correction of corrections(session.id, lane)) {
        const key = `${correction.wrong}\n${correction.right}`;
        const known = this.#corrections.get(key) ?? [];
        if (!known.some((other) => other.session === session.id)) known.push(correction);
        this.#corrections.set(key, known);
      }
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const known = new KnownLessons(input.memories);
    const places = new NotePlaces(input, earlier);
    return [...this.#corrections.values()]
      .filter((all) => all.length >= 2 && !known.has([all[0]!.right, all[0]!.wrong], ['']))
      .map((all) => edit(all, places));
  }
}

function edit(all: readonly Correction[], places: NotePlaces): ProposedEdit {
  const { wrong, right } = all[0]!;
  const [before, after] = [0, 1].map((i) => commonForm(all.map(({ calls }) => calls[i]!)).join(' '));
  const title = `Use ${right}, not ${wrong}`;
  const body = [
    `- Users set it right: \`${after}\` instead of \`${before}\`.`,
    `- ${seenIn(all.map(({ evidence }) => evidence[0]))}.`,
  ].join('\n');
  return {
    kind: 'note_pattern',
    reason: `In ${all.length} sessions the user wanted ${right} where the agent had used ${wrong}.`,
    confidence: Math.min(0.95, 1 - 1 / (all.length + 1)),
    changes: [{ op: 'create', path: places.pathFor(title, lessons), text: places.text(title, body) }],
    evidence: all.slice(-mostExamples).flatMap(({ evidence }) => evidence),
  };
}
