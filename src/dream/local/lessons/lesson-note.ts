/** The parts that notes of all lessons have in common. */
import type { EventEvidence } from '../../edit.js';
import type { NoteKind } from '../note-place.js';

export const lessons: NoteKind = {
  folders: /^(lessons?([-_ ]?learn(ed|t))?|learnings?|gotchas?|pitfalls?|troubleshooting|known[-_ ]issues)$/i,
  folder: 'lessons',
};

/** `Seen in 3 sessions, 2026-05-06 to 2026-06-04` */
export function seenIn(evidence: readonly EventEvidence[]): string {
  const sessions = new Set(evidence.map(({ session }) => session)).size;
  const days = evidence.flatMap(({ time }) => (time === null ? [] : [time.slice(0, 10)])).sort();
  const last = days.at(-1);
  const when = last === undefined ? '' : days[0] === last ? `, ${last}` : `, ${days[0]} to ${last}`;
  return `Seen in ${sessions} sessions${when}`;
}
