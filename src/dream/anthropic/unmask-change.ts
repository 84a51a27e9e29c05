import { privateKeyMark } from '../../secrets/patterns.js';
import type { Change } from '../edit.js';
import { maskText } from './outgoing.js';

/** More lines than a private key has. */
const longestKey = 100;

/**
 * A change of text that was shown masked, made one of the text itself: the lines that hold it are replaced as
 * wholes. So no secret of those lines outlives the change; marks stand in the place of those that it does not touch.
 */
export function unmasked(change: Change, text: string | undefined): Change {
  if (change.op !== 'replace' || text === undefined || text.includes(change.old)) return change;
  if (!change.old.includes('[masked:')) return change;
  const lines = text.split('\n');
  // Several lines may look alike under their marks: the one nearest to that which the model named is meant.
  const starts = lines.map((_, at) => at).sort((a, b) => distance(a, change) - distance(b, change));
  const fewest = change.old.split('\n').length;
  const most = text.includes(privateKeyMark) ? fewest + longestKey : fewest;
  for (let count = fewest; count <= most; count++)
    for (const start of starts) {
      const old = lines.slice(start, start + count).join('\n');
      const shown = maskText(old);
      if (shown.includes(change.old))
        return { ...change, old, new: shown.replace(change.old, () => change.new), line: start + 1 };
    }
  return change;
}

const distance = (at: number, { line }: Change & { op: 'replace' }): number => Math.abs(at + 1 - line);
