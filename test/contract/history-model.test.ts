import { expect, test } from 'vitest';
import { MemfsError } from '../../src/core/errors.js';
import { Volume } from './support/volume.js';

/**
 * Random namespace operations; after each, what the mount shows and what the journal says must be the same. Seeds
 * are fixed; MEMFSD_HISTORY_SEEDS asks for more of them.
 */
const { MEMFSD_HISTORY_SEEDS = '40' } = process.env;
const seeds = Number(MEMFSD_HISTORY_SEEDS);
const steps = 50;

const names = ['a', 'b', 'c', 'x.tmp', 'y~', 'd', 'e~'];
const directories = ['', '/p', '/q', '/q/d'];

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 2654435761) >>> 0;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

const isUnversioned = (path: string): boolean => path.split('/').some((name) => /\.tmp$|~$/.test(name));

/** Every file of the mount: path → content. */
function mounted(volume: Volume, path = '', files = new Map<string, string>()): Map<string, string> {
  for (const name of volume.list(path === '' ? '/' : path)) {
    const below = `${path}/${name}`;
    if (volume.isDirectory(below)) mounted(volume, below, files);
    else files.set(below, volume.read(below));
  }
  return files;
}

function exported(volume: Volume): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of volume.store.exportEntries()) {
    const path = entry.path.toString();
    if (entry.kind === 'file') files.set(path, Buffer.concat([...entry.chunks!]).toString());
    else if (entry.kind === 'link') files.set(path, files.get(entry.target!.toString())!);
  }
  return files;
}

function step(volume: Volume, random: Random): string {
  const place = (): string => `${random.of(directories)}/${random.of(names)}`;
  const [first, second] = [place(), place()];
  const doing = random.of([
    'write',
    'write',
    'write',
    'rename',
    'rename',
    'rename',
    'unlink',
    'exchange',
    'append',
    'link',
    'mkdir',
    'empty',
    'commit',
    'crash',
  ] as const);
  try {
    if (doing === 'write') volume.write(first, random.of(['one', 'two', 'three'.repeat(20)]));
    else if (doing === 'empty') volume.write(first, '');
    else if (doing === 'append') volume.append(first, random.of(['more', 'and more']));
    else if (doing === 'rename') volume.rename(first, second);
    else if (doing === 'exchange') volume.rename(first, second, 2);
    else if (doing === 'unlink') volume.unlink(first);
    else if (doing === 'link') volume.link(first, second);
    else if (doing === 'mkdir') volume.mkdir(first);
    else if (doing === 'commit') volume.store.statistics();
    else volume.crash();
  } catch (error) {
    const isOrdinary = error instanceof MemfsError && error.errno !== 5 && error.errno !== 116;
    if (!isOrdinary && !/^no \//.test((error as Error).message)) throw error;
    return `${doing} ${first} ${second} (${(error as Error).message})`;
  }
  return `${doing} ${first} ${second}`;
}

test.each(Array.from({ length: seeds }, (_, index) => index + 1))('seed %i', (seed) => {
  const volume = new Volume();
  const random = new Random(seed);
  const trace: string[] = [];
  for (const directory of directories.slice(1)) volume.mkdir(directory);
  for (let i = 0; i < steps; i++) {
    trace.push(step(volume, random));
    const present = [...mounted(volume)].filter(([path]) => !isUnversioned(path)).sort();
    expect([...exported(volume)].sort(), trace.join('\n')).toEqual(present);
  }
  expect(volume.verify(), trace.join('\n')).toMatchObject({ ok: true, firstBad: null });
  const before = [...mounted(volume)].sort();
  volume.reopen();
  expect([...mounted(volume)].sort()).toEqual(before);
  volume.destroy();
});
