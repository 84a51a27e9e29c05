import type { DreamInput } from '../../input.js';
import { ClaimModel } from './claim-model.js';

const models = new WeakMap<DreamInput, ClaimModel>();

/** Returns the claims of a dream's memories, made once, whichever finder asks first. */
export function claimsOf(input: DreamInput): ClaimModel {
  const known = models.get(input) ?? new ClaimModel(input.memories);
  models.set(input, known);
  return known;
}
