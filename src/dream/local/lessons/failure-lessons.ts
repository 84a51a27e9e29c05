/** Notes what failed in the same way in several sessions, and what helped. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { ProposedEdit } from '../../edit.js';
import type { DreamInput, TranscriptSession } from '../../input.js';
import type { Finder } from '../finder.js';
import { NotePlaces } from '../note-place.js';
import { unnamed } from './call-shape.js';
import { Failures, type Fix } from './fixes.js';
import { KnownLessons } from './known-lessons.js';
import { lessons, seenIn } from './lesson-note.js';
import { attempts } from './repairs.js';
import { lanesOf } from './tool-uses.js';

const mostExamples = 4;

export class FailureLessons implements Finder {
  readonly name = 'failures and what fixed them';
  readonly #failures = new Failures();

  observe(session: TranscriptSession, events: readonly TranscriptEvent[]): void {
    for (const lane of lanesOf(events)) {
      this.#failures.addTurns(lane);
      for (const attempt of attempts(session.id, lane)) this.#failures.add(attempt);
    }
  }

  propose(input: DreamInput, earlier: readonly ProposedEdit[]): ProposedEdit[] {
    const known = new KnownLessons(input.memories);
    const places = new NotePlaces(input, earlier);
    return this.#failures
      .fixes()
      .filter(
        ({ news, cases }) =>
          !known.has(news, cases[0]!.attempt.shape.head.split(/[ _/.-]+/).filter(isTelling)),
      )
      .map((fix) => edit(fix, places));
  }
}

const isTelling = (word: string): boolean => word.length > 2 && word !== 'mcp';

function edit(fix: Fix, places: NotePlaces): ProposedEdit {
  const { cases, failedCall, workingCall, news, seen } = fix;
  const { shape, failure } = cases[0]!.attempt;
  const sameTool = cases[0]!.repair.shape.program === shape.program;
  const complaint = failure.split(/\s+/).map(unnamed).join(' ');
  const title = `${shape.head}: use ${sameTool ? news.slice(0, 3).join(' ') : cases[0]!.repair.shape.head}`;
  const body = [
    `- Fails: \`${failedCall.join(' ')}\` with "${complaint}".`,
    `- Works instead: \`${workingCall.join(' ')}\`${sameTool ? ` (new in it: \`${news.join(' ')}\`)` : ''}.`,
    `- ${seenIn(cases.map(({ attempt }) => attempt.evidence))}${seen > cases.length ? `; the failure in ${seen} sessions` : ''}.`,
  ].join('\n');
  const { length } = cases;
  return {
    kind: 'note_pattern',
    reason: `${shape.head} failed in ${seen} sessions; in ${length} of them the same change helped.`,
    confidence: Math.min(0.95, (length / seen) * (1 - 1 / (length + 1))),
    changes: [{ op: 'create', path: places.pathFor(title, lessons), text: places.text(title, body) }],
    evidence: cases
      .slice(-mostExamples)
      .flatMap(({ attempt, repair }) => [attempt.evidence, repair.evidence]),
  };
}
