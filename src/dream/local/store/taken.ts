import type { ProposedEdit } from '../../edit.js';
import type { Claim } from '../claims/claim.js';

/** Returns whether an edit that was proposed before changes lines of a claim already. */
export function takenBy(earlier: readonly ProposedEdit[]): (claim: Claim) => boolean {
  const whole = new Set<string>();
  const ranges = new Map<string, { line: number; endLine: number }[]>();
  for (const change of earlier.flatMap(({ changes }) => changes))
    if (change.op === 'remove' || change.op === 'move') whole.add(change.path);
    else if (change.op === 'replace') {
      const endLine = change.line + change.old.replace(/\n$/, '').split('\n').length - 1;
      ranges.set(change.path, [...(ranges.get(change.path) ?? []), { line: change.line, endLine }]);
    }
  return ({ path, blocks }) =>
    whole.has(path ?? '') ||
    blocks.some((block) =>
      (ranges.get(path ?? '') ?? []).some(
        ({ line, endLine }) => line <= block.endLine && block.line <= endLine,
      ),
    );
}
