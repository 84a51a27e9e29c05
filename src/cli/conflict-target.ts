import type { ControlClient } from '../api/client/client.js';
import { MemfsError } from '../core/errors.js';
import type { Argument } from './command.js';
import { resolveMemory } from './target.js';

/** A path inside a mount names store and memory at once: then the number is the second argument. */
export const conflictArguments: readonly Argument[] = [
  { name: 'STORE', description: 'name or id, or a path inside a mount' },
  { name: 'PATH', description: 'the memory; left out where STORE is its path inside a mount' },
  { name: 'N', description: 'the number of the conflict', optional: true },
];

export interface ConflictTarget {
  readonly store: string;
  readonly path: string;
  readonly number: number;
  readonly branch?: string | undefined;
}

/** Throws `usage` for what is no number. */
export async function resolveConflictTarget(
  client: ControlClient,
  cwd: string,
  [reference, second, third]: readonly (string | undefined)[],
): Promise<ConflictTarget> {
  const [path, number] = third === undefined ? [undefined, second] : [second, third];
  if (number === undefined || !/^[1-9]\d{0,8}$/.test(number))
    throw new MemfsError('usage', 'the number of a conflict is missing', { hint: 'memfsd conflicts STORE' });
  return { ...(await resolveMemory(client, cwd, reference!, path)), number: Number(number) };
}
