import type { Change } from '../edit.js';
import { MaskedText } from './masked-text.js';

/**
 * Turns a change of text that was shown masked into one of the text itself; marks that it keeps become what
 * they stand for.
 */
export function unmasked(change: Change, text: string | undefined): Change {
  if (change.op !== 'replace' || text === undefined || text.includes(change.old)) return change;
  const masked = new MaskedText(text);
  const { shown } = masked;
  let best: { readonly at: number; readonly distance: number } | null = null;
  for (let at = shown.indexOf(change.old); at !== -1; at = shown.indexOf(change.old, at + 1)) {
    const distance = Math.abs(shown.slice(0, at).split('\n').length - change.line);
    if (best === null || distance < best.distance) best = { at, distance };
  }
  if (best === null) return change;
  const end = best.at + change.old.length;
  const old = masked.original(best.at, end);
  return old === null ? change : { ...change, old, new: masked.restored(change.new, best.at, end) };
}
