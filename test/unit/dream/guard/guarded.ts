/** Edits before the guard, in a few words. */
import type { Change, Edit, EditKind, Evidence, ProposedEdit } from '../../../../src/dream/edit.js';
import { guard } from '../../../../src/dream/guard/guard.js';
import type { DreamInput } from '../../../../src/dream/input.js';

export const limits = { removable: 0.25, removedBefore: 0 };

export const proposed = (kind: EditKind, changes: Change[], evidence: Evidence[] = []): ProposedEdit => ({
  ...{ kind, reason: 'because', confidence: 0.9, changes, evidence },
});

/** Of the first event of the session that says so. */
export function said(input: DreamInput, id: string, quote: string): Evidence {
  const events = [...(input.sessions.find((each) => each.id === id)?.events() ?? [])];
  const { cursor, time, origin } = events.find(({ text }) => text.includes(quote))!;
  return { type: 'event', session: id, event: cursor, time, origin, quote };
}

export function stands(input: DreamInput, path: string, quote: string): Evidence {
  const memory = input.memories.find((each) => each.path === path)!;
  const line = memory.text.slice(0, memory.text.indexOf(quote)).split('\n').length;
  return { type: 'memory', path, version: memory.version, line, quote };
}

export const judged = (input: DreamInput, ...edits: ProposedEdit[]): readonly Edit[] =>
  guard(input, edits, limits).edits;

/** Why the last of the edits is refused; null: it is staged. */
export const refusal = (input: DreamInput, ...edits: ProposedEdit[]): string | null =>
  judged(input, ...edits).at(-1)!.note;

export const replace = (path: string, old: string, by: string, line = 1): Change => ({
  ...{ op: 'replace', path, old, new: by, line },
});
export const append = (path: string, text: string): Change => ({ op: 'append', path, text });
export const remove = (path: string): Change => ({ op: 'remove', path });
export const create = (path: string, text: string): Change => ({ op: 'create', path, text });
export const move = (path: string, to: string): Change => ({ op: 'move', path, to });
