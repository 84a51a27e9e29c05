/** edits.jsonl of a dream: one edit a line, as programs read them. */
import type { Edit } from '../edit.js';

export const editsJsonl = (edits: readonly Edit[]): string =>
  edits.map((edit) => `${JSON.stringify(edit)}\n`).join('');
