/** Identifies a proposal by its changes and evidence: what was rejected once is not proposed again. */
import { createHash } from 'node:crypto';
import type { Change, Evidence, ProposedEdit } from '../edit.js';
import { plainText } from '../text/words.js';

/** Lowercase hex. Reason and confidence, lines and versions do not count: they differ from dream to dream. */
export function fingerprint({ kind, changes, evidence }: ProposedEdit): string {
  const identities = [...new Set(evidence.map(identityOf))].sort();
  return createHash('sha256')
    .update(JSON.stringify([kind, changes.map(normalised), identities]))
    .digest('hex');
}

function normalised(change: Change): string[] {
  const { op, path } = change;
  switch (op) {
    case 'create':
    case 'append':
      return [op, path, plainText(change.text)];
    case 'replace':
      return [op, path, plainText(change.old), plainText(change.new)];
    case 'move':
      return [op, path, change.to];
    default:
      return [op, path];
  }
}

const identityOf = (evidence: Evidence): string =>
  JSON.stringify(
    evidence.type === 'event'
      ? ['event', evidence.session, plainText(evidence.quote)]
      : ['memory', evidence.path, plainText(evidence.quote)],
  );
