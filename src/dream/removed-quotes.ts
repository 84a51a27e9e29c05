/** What becomes of edits when what they quote has to go. */
import type { Change, Edit, Evidence } from './edit.js';

export const removedMark = '[removed]';

/** Quotes from the transcript of a session, which was deleted. */
export const withoutSession = (edit: Edit, session: string): Edit => ({
  ...edit,
  evidence: edit.evidence.map((each) =>
    each.type === 'event' && each.session === session ? { ...each, quote: removedMark } : each,
  ),
});

/** Tells whether a line may not be kept. */
export type IsGone = (line: string) => boolean;

/** A line that must go is replaced wherever an edit holds it; one that would write it is refused. */
export function withoutLines(edit: Edit, isGone: IsGone, versions: ReadonlySet<string>): Edit {
  const clean = (text: string): string =>
    text
      .split('\n')
      .map((line) => (isGone(line) ? removedMark : line))
      .join('\n');
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
