/** Takes out of edits what may not be kept: quotes of a deleted session, lines of redacted versions. */
import type { Change, Edit, Evidence } from './edit.js';

export const removedMark = '[removed]';

/** The edit without its quotes from the transcript of a session. */
export const withoutSession = (edit: Edit, session: string): Edit => ({
  ...edit,
  evidence: edit.evidence.map((each) =>
    each.type === 'event' && each.session === session ? { ...each, quote: removedMark } : each,
  ),
});

/** A shorter line, in characters, says nothing of its own. */
const shortestLine = 4;

/** Tells whether a line may not be kept. */
export type IsGone = (line: string) => boolean;

/** `removed`: all of the texts that go; `present`: their memories as they are now, whose lines stay. */
export function goneWith(removed: string, present: string): IsGone {
  const lines = removed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= shortestLine && !present.includes(line));
  return (text) => {
    const line = text.trim();
    if (line.length < shortestLine || present.includes(line)) return false;
    return removed.includes(line) || lines.some((each) => line.includes(each));
  };
}

/** The text with a mark in place of each line that must go. */
export const withoutGone = (text: string, isGone: IsGone): string =>
  text
    .split('\n')
    .map((line) => (isGone(line) ? removedMark : line))
    .join('\n');

/**
 * An edit whose dream is applied in part: it was made for a store that is no more, and its branch is gone.
 */
export const withoutBranch = (edit: Edit): Edit =>
  edit.state === 'staged'
    ? { ...edit, state: 'refused', note: 'its branch went with a redaction; dream again' }
    : edit;

/** Replaces lines that must go wherever the edit holds them; an open edit that would write one is refused. */
export function withoutLines(edit: Edit, isGone: IsGone, versions: ReadonlySet<string>): Edit {
  const clean = (text: string): string => withoutGone(text, isGone);
  const changes = edit.changes.map((change) => cleanChange(change, clean));
  const isCarrier = JSON.stringify(changes) !== JSON.stringify(edit.changes);
  const isOpen = edit.state === 'staged' || edit.state === 'left_out';
  return {
    ...edit,
    reason: clean(edit.reason),
    note: isCarrier && isOpen ? 'it held what was redacted' : edit.note && clean(edit.note),
    state: isCarrier && isOpen ? 'refused' : edit.state,
    changes,
    evidence: edit.evidence.map((each) => cleanEvidence(each, clean, versions)),
  };
}

function cleanChange(change: Change, clean: (text: string) => string): Change {
  if (change.op === 'create' || change.op === 'append') return { ...change, text: clean(change.text) };
  if (change.op !== 'replace') return change;
  return { ...change, old: clean(change.old), new: clean(change.new) };
}

function cleanEvidence(
  evidence: Evidence,
  clean: (text: string) => string,
  versions: ReadonlySet<string>,
): Evidence {
  const isFromThere = evidence.type === 'memory' && versions.has(evidence.version);
  return { ...evidence, quote: isFromThere ? removedMark : clean(evidence.quote) };
}
