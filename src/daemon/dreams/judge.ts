/** What becomes of proposed edits: staged or refused. */
import { asMemfsError } from '../../core/errors.js';
import { type Edit, type ProposedEdit, pathsOf } from '../../dream/edit.js';
import type { DreamInput } from '../../dream/input.js';
import { StagedTree } from '../../dream/staged-tree.js';
import type { DreamResult } from './dream-messages.js';

export type Judged = Pick<DreamResult, 'edits' | 'removedBytes'>;

export function judge(
  input: DreamInput,
  proposed: readonly ProposedEdit[],
  _rejected: ReadonlySet<string>,
): Judged {
  const tree = new StagedTree(input.memories.map(({ path, text }) => [path, text]));
  const edits: Edit[] = [];
  for (const [index, edit] of proposed.entries()) {
    const found = { sources: [], provable: false };
    const numbered = { ...edit, ...found, n: index + 1, paths: pathsOf(edit.changes) };
    try {
      tree.apply(edit.changes);
      edits.push({ ...numbered, state: 'staged', note: null });
    } catch (thrown) {
      edits.push({ ...numbered, state: 'refused', note: asMemfsError(thrown).message });
    }
  }
  return { edits, removedBytes: removedBytes(input, tree) };
}

/** Of the lines that are nowhere any more. */
function removedBytes(input: DreamInput, tree: StagedTree): number {
  const left = new Map<string, number>();
  for (const path of tree.paths)
    for (const line of tree.text(path)!.split('\n')) left.set(line, (left.get(line) ?? 0) + 1);
  let bytes = 0;
  for (const { text } of input.memories)
    for (const line of text.split('\n')) {
      const count = left.get(line) ?? 0;
      if (count > 0) left.set(line, count - 1);
      else bytes += Buffer.byteLength(line) + 1;
    }
  return bytes;
}
