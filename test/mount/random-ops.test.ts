import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChildResult, expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const program = fileURLToPath(new URL('./support/random_operations.py', import.meta.url));

/** MEMFSD_RANDOM_OPERATIONS: operations a seed. MEMFSD_RANDOM_SEEDS: seeds, separated by commas. */
const { MEMFSD_RANDOM_OPERATIONS = '1700', MEMFSD_RANDOM_SEEDS = '1,2,3' } = process.env;
const operations = Number(MEMFSD_RANDOM_OPERATIONS);
const seeds = MEMFSD_RANDOM_SEEDS.split(',').map(Number);
const limit = 60_000 + operations * 20;

const runSeed = (directory: string, seed: number): Promise<ChildResult> =>
  runChild('python3', [program, directory, String(seed), String(operations)], { limit });

describe('the model of random operations', () => {
  let base: string;
  beforeAll(async () => {
    base = await mkdtemp(path.join(os.tmpdir(), 'memfsd-random-'));
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  test.each(seeds)('agrees with an ordinary directory, seed %i', { timeout: limit + 5_000 }, async (seed) => {
    const directory = path.join(base, String(seed));
    await mkdir(directory);
    const said = await expectSuccess(runSeed(directory, seed));
    expect(said).toBe(`seed ${seed}: ${operations} operations, no mismatch\n`);
  });
});

describeMount('random operations on a mount', () => {
  const daemon = usePrivateDaemon();
  let mountpoint: string;
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'random');
    mountpoint = await daemon.mount('random');
  });

  test.each(seeds)('agree with the model, seed %i', { timeout: limit + 5_000 }, async (seed) => {
    await daemon.shell(mountpoint, `mkdir ${seed}`);
    const said = await daemon.withLog(expectSuccess(runSeed(`${mountpoint}/${seed}`, seed)));
    expect(said).toBe(`seed ${seed}: ${operations} operations, no mismatch\n`);
  });

  test('leave a journal that verifies', async () => {
    await daemon.expect('verify', 'random');
  });
});
