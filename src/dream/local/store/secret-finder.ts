/** Puts marks in the place of keys, tokens and passwords in memories. */
import { maskSecrets } from '../../../secrets/mask.js';
import type { Change, ProposedEdit } from '../../edit.js';
import type { DreamInput, Memory } from '../../input.js';
import { secretMark, secretMarks } from '../../trust/secret-mark.js';
import type { Finder } from '../finder.js';

export class SecretFinder implements Finder {
  readonly name = 'looking for secrets';

  propose({ memories }: DreamInput): readonly ProposedEdit[] {
    return memories.flatMap((memory) => {
      const masked = maskSecrets(memory.text);
      return masked === memory.text ? [] : [redacted(memory, masked)];
    });
  }
}

function redacted(memory: Memory, masked: string): ProposedEdit {
  const { path, version } = memory;
  const changes = changesOf(path, memory.text.split('\n'), masked.split('\n'));
  const kinds = [...new Set(masked.match(secretMarks))].join(', ');
  return {
    kind: 'redact_secret',
    reason: `${path} holds what must not stand in a memory: ${kinds}`,
    confidence: 0.9,
    changes,
    evidence: changes.flatMap(({ line, new: text }) => {
      // What is cited is the line without the secret.
      const [quote] = text
        .split('\n')[0]!
        .split(secretMark)
        .map((piece) => piece.trim())
        .sort((a, b) => b.length - a.length);
      return quote === '' ? [] : [{ type: 'memory' as const, path, version, line, quote: quote! }];
    }),
  };
}

/**
 * Changes line by line; where a key of several lines becomes fewer, all between the first and the last
 * changed line is one change.
 */
function changesOf(
  path: string,
  before: readonly string[],
  after: readonly string[],
): (Change & { op: 'replace' })[] {
  if (before.length === after.length)
    return before.flatMap((old, at) =>
      old === after[at] ? [] : [{ op: 'replace', path, old, new: after[at]!, line: at + 1 }],
    );
  const first = before.findIndex((line, at) => line !== after[at]);
  let last = 0;
  while (last < after.length - first - 1 && before.at(-1 - last) === after.at(-1 - last)) last += 1;
  const part = (lines: readonly string[]): string => lines.slice(first, lines.length - last).join('\n');
  return [{ op: 'replace', path, old: part(before), new: part(after), line: first + 1 }];
}
