import { fileURLToPath } from 'node:url';
import { expectSuccess } from '../support/child.js';
import type { Runs } from './runs.js';

const program = fileURLToPath(new URL('terminal.py', import.meta.url));

export interface Dialogue {
  readonly status: number;
  readonly output: string;
}

/** Plays with a program on a terminal of its own: waits for a text, types another. */
export async function onTerminal(
  runs: Runs,
  argv: readonly string[],
  steps: readonly (readonly [expected: string, typed: string])[],
): Promise<Dialogue> {
  const order = JSON.stringify({ argv, steps });
  const said = await expectSuccess(runs.inWork('exec python3 "$@"', [program, order], { limit: 100_000 }));
  return JSON.parse(said) as Dialogue;
}
