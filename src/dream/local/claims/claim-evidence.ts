import type { MemoryEvidence } from '../../edit.js';
import { lineEvidence } from '../../evidence.js';
import type { DreamInput } from '../../input.js';
import type { Claim } from './claim.js';

/** The first line of the claim's passage; null: the claim is not from the store. */
export function evidenceOf({ path, block }: Claim, input: DreamInput): MemoryEvidence | null {
  const memory = input.memories.find((each) => each.path === path);
  return memory === undefined || block === null ? null : lineEvidence(memory, block.line);
}
