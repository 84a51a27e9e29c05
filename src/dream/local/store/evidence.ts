import type { MemoryEvidence } from '../../edit.js';
import type { DreamInput } from '../../input.js';
import type { Claim } from '../claims/claim.js';

/** The line of the store that says so; null: the claim is from elsewhere. */
export function evidenceOf({ path, block }: Claim, input: DreamInput): MemoryEvidence | null {
  const memory = input.memories.find((each) => each.path === path);
  if (memory === undefined || block === null) return null;
  const quote = memory.text.split(/\r?\n/)[block.line - 1]!.trim();
  return { type: 'memory', path: memory.path, version: memory.version, line: block.line, quote };
}
