/** How dreams look to a person. */
import type { DreamDetail, DreamOutcome, DreamSummary } from '../api/endpoints/dreams.js';
import type { Edit, Evidence } from '../dream/edit.js';
import { counted, safe } from './text.js';

const quoteLength = 200;

/** `12 staged, 2 refused` */
export const countsText = ({ counts }: Pick<DreamSummary, 'counts'>): string =>
  Object.entries(counts)
    .map(([state, count]) => `${count} ${state.replace('_', ' ')}`)
    .join(', ') || 'no edits';

export const statusText = ({ status }: Pick<DreamSummary, 'status'>): string =>
  status === 'staged' ? 'waits for review' : status.replaceAll('_', ' ');

export function headText(dream: DreamDetail): string {
  const { id, store_name, request, sessions, base, error } = dream;
  const steered = request.instructions === null ? '' : `\n  instructions: ${safe(request.instructions)}`;
  const from = `${counted(sessions, 'transcript')}, record ${base ?? '-'}, ${request.engine}`;
  const failure = error === null ? '' : `\n  ${safe(error.message)}`;
  return `${id}  ${statusText(dream)}\n  ${safe(store_name)}: ${from}${steered}${failure}`;
}

/** `brief`: one line. */
export function editText(edit: Edit, brief: boolean): string {
  const { n, kind, state, paths, reason, confidence, note, evidence } = edit;
  const head = `${String(n).padStart(3)}  ${kind}  ${paths.map(safe).join(', ')}${state === 'staged' ? '' : `  (${state.replace('_', ' ')})`}`;
  const why = note === null ? [] : [`       ${safe(note)}`];
  if (brief) return [`${head}\n       ${safe(reason)}`, ...why].join('\n');
  const lines = evidence.map((each) => `       > ${evidenceText(each)}`);
  return [`${head}  ${confidence.toFixed(2)}\n       ${safe(reason)}`, ...why, ...lines].join('\n');
}

function evidenceText(evidence: Evidence): string {
  const { quote } = evidence;
  const text = safe(quote.length > quoteLength ? `${quote.slice(0, quoteLength)}…` : quote);
  if (evidence.type === 'memory') return `${safe(evidence.path)}:${evidence.line}: ${text}`;
  return `${safe(evidence.session)} (${evidence.origin}, ${evidence.time ?? 'no time'}): ${text}`;
}

export const movedText = ({ memories }: { readonly memories: number }): string =>
  memories === 0
    ? 'the store is as it was'
    : `of the store ${memories} ${memories === 1 ? 'memory has' : 'memories have'} changed since: apply merges, or leaves out and says so`;

/** What to do with it. */
export function nextText({ id, status, counts }: DreamSummary): string[] {
  if (status === 'staged')
    return [
      `memfsd dream show ${id}          each edit with its evidence`,
      `memfsd dream diff ${id}          what it changes`,
      `memfsd dream mount ${id} DIR     look around in it, correct a line`,
      `memfsd dream apply ${id}         or --edit N, --except N; or memfsd dream reject ${id}`,
    ];
  if (counts.applied !== undefined) return [`memfsd dream revert ${id}`];
  if (status === 'pending' || status === 'running') return [`memfsd dream cancel ${id}`];
  return [];
}

export function outcomeText({ id, status, paths, left_out, rejected, reviewed }: DreamOutcome): string {
  const lines = [`${id}: ${statusText({ status })}`];
  for (const { path, outcome, reason } of paths)
    lines.push(
      `  ${outcome.replace('_', ' ').padEnd(8)}  ${safe(path)}${reason === null ? '' : `: ${safe(reason)}`}`,
    );
  for (const { n, reason } of left_out) lines.push(`  edit ${n} was left out: ${safe(reason)}`);
  if (rejected.length > 0) lines.push(`  rejected: ${rejected.map((n) => `edit ${n}`).join(', ')}`);
  if (reviewed.length > 0) lines.push(`  with the reviewer's own changes: ${reviewed.map(safe).join(', ')}`);
  return lines.join('\n');
}
