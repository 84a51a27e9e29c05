#!/usr/bin/env node
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Cleanup } from './cleanup.mjs';
import { printExternal, runExternal } from './external.mjs';
import { contenders, typeOf } from './filesystems.mjs';
import { measure } from './measure.mjs';
import { printResults, results } from './report.mjs';
import { rows } from './rows.mjs';

const usage = `usage: npm run bench -- [options]
  --rounds N         rounds, interleaved over the file systems (default 5)
  --operations N     operations a row and round (default 300)
  --only REGEX       rows whose name matches
  --dir BASE         where to work; its file system is what memfsd is compared with (default: ${os.tmpdir()})
  --mdbench SCRIPT   also run "SCRIPT DIR LABEL" on each file system and report its phases
  --json             one JSON document instead of the table`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '5' },
        operations: { type: 'string', default: '300' },
        only: { type: 'string', default: '' },
        dir: { type: 'string', default: os.tmpdir() },
        mdbench: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const rounds = Number(values.rounds);
    const operations = Number(values.operations);
    if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(operations) && operations > 0))
      throw new Error('--rounds and --operations take a positive number');
    return { ...values, rounds, operations, only: new RegExp(values.only, 'i') };
  } catch (error) {
    process.stderr.write(`${error.message}\n${usage}\n`);
    process.exit(2);
  }
}

async function main({ rounds, operations, only, dir, mdbench, json }, cleanup) {
  const base = await mkdtemp(path.join(path.resolve(dir), 'memfsd-bench-'));
  cleanup.defer('remove the work directory', () => rm(base, { recursive: true, force: true }));
  const type = await typeOf(base);
  const title = (name) => (name === 'plain' ? type : name === 'bindfs' ? `bindfs over ${type}` : name);
  const progress = (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };

  const fileSystems = [];
  const absent = {};
  for (const { setUp, ...contender } of contenders) {
    try {
      fileSystems.push({ ...contender, ...(await setUp(base, cleanup)) });
    } catch (error) {
      if (contender.required) throw error;
      absent[title(contender.name)] = error.message.split('\n')[0];
    }
  }
  const isRoot = process.getuid() === 0;
  const chosen = rows.filter(({ title: name }) => only.test(name));
  const load = os.loadavg().map((value) => value.toFixed(2));
  const sampleOf = await measure(fileSystems, chosen, { rounds, operations, isRoot, progress }, cleanup);
  const names = fileSystems.map(({ name }) => name);
  const measured = results(chosen, names, title, sampleOf);
  const quick = fileSystems.filter(({ few }) => !few);
  const external = mdbench && (await runExternal(mdbench, quick, base, progress));
  progress('');

  const machine = `${os.cpus()[0]?.model}, ${os.cpus().length} cores, Linux ${os.release()}, Node ${process.versions.node}, load ${load.join(' ')}`;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ machine, rounds, operations, absent, rows: measured, external }, null, 2)}\n`,
    );
    return;
  }
  const notes = [
    `${machine}. Median (min–max) of ${rounds} rounds of ${operations} operations, file systems interleaved.`,
    'Ratios are of time: below 1, memfsd is faster.',
    ...(isRoot ? [] : ['Cold rows need root: the kernel drops its caches for root only.']),
    ...Object.entries(absent).map(([name, reason]) => `Without ${name}: ${reason}`),
  ];
  process.stdout.write(`${printResults(measured, names, title)}\n\n${notes.join('\n')}\n`);
  if (external) {
    const quickNames = quick.map(({ name }) => name);
    process.stdout.write(`\n${path.basename(mdbench)}:\n\n${printExternal(external, quickNames, title)}\n`);
  }
}

const cleanup = new Cleanup();
let interrupted = false;
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.once(signal, async () => {
    interrupted = true;
    await cleanup.run();
    process.exit(128 + number);
  });
}
try {
  await main(options(), cleanup);
} catch (error) {
  if (!interrupted) process.stderr.write(`\nbench: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
}
