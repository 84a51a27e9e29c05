/** The short forms of `npm run soak`. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runChild } from '../mount/support/child.js';
import { describeMount } from '../mount/support/mount-tier.js';

const soak = fileURLToPath(new URL('../soak/soak.py', import.meta.url));

/** What was found to be wrong, and what was measured, is in its output. */
async function expectSound(...options: string[]): Promise<void> {
  const { status, stdout, stderr } = await runChild('python3', [soak, ...options], { limit: 110_000 });
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toMatch(/: 0 problems\n$/);
}

describeMount('a daemon under load', () => {
  test('makes one version of every acknowledged write, and keeps what it refuses', () =>
    expectSound('mixed', '--seconds', '3', '--sessions', '60', '--processes', '6', '--mounts', '8'));

  test('keeps lines whole that processes append on two mounts, though its engine is killed', () =>
    expectSound('appends', '--lines', '2000', '--files', '4', '--kills', '1'));

  test('shows on one mount what was closed on another', () => expectSound('coherence', '--rounds', '1000'));

  test('loses, tears and invents nothing when its processes are killed', () =>
    expectSound('crashes', '--kills', '3', '--sessions', '30', '--processes', '4', '--mounts', '4'));

  test('keeps what was synced when the power fails, twice in a row', () =>
    expectSound('power', '--states', '20', '--each', '10', '--seconds', '1'));

  test('keeps it when syncs fail before that', () =>
    expectSound('power', '--states', '20', '--each', '20', '--seconds', '2', '--failing', '4'));

  test('spends less than 1 MiB on a mount', () => expectSound('mount-memory', '--mounts', '30'));
});
