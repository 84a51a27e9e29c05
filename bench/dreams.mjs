#!/usr/bin/env node
/**
 * What a dream costs: time and memory, how both grow with the number of transcripts, and what a mount notices of it.
 * Everything goes through the program: import, ingest, dream. The daemon is a private one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Cleanup } from './cleanup.mjs';
import { transcript, writeMemories } from './dream-material.mjs';
import { check } from './process.mjs';

const usage = `usage: npm run bench:dreams -- [options]
  --memories N       memories of the store (default 2000)
  --transcripts N    transcripts of the first measurement (default 100)
  --kilobytes N      size of each of them (default 100)
  --curve N,N,…      how many transcripts the curve goes through (default 100,316,1000,3162,10000); 0: no curve
  --curve-kilobytes N  size of each of those (default 10)
  --rounds N         of the latencies of a mount, with and without a dream (default 3)
  --dir BASE         where to work (default: ${os.tmpdir()})
  --json             one JSON document instead of text`;

const MIB = 1024 * 1024;
const limit = 3_600_000;
const executable = fileURLToPath(new URL('../bin/memfsd.js', import.meta.url));
const latencyClient = fileURLToPath(new URL('./latency.py', import.meta.url));

function options() {
  const numbers = {
    memories: '2000',
    transcripts: '100',
    kilobytes: '100',
    'curve-kilobytes': '10',
    rounds: '3',
  };
  const strings = { ...numbers, curve: '100,316,1000,3162,10000', dir: os.tmpdir() };
  try {
    const { values } = parseArgs({
      options: {
        ...Object.fromEntries(
          Object.entries(strings).map(([name, value]) => [name, { type: 'string', default: value }]),
        ),
        json: { type: 'boolean', default: false },
      },
    });
    const number = (name, text) => {
      if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a number`);
      return Number(text);
    };
    for (const name of Object.keys(numbers)) values[name] = number(name, values[name]);
    const curve = values.curve.split(',').map((text) => number('curve', text));
    return { ...values, curve: curve.filter((count) => count > 0).sort((a, b) => a - b) };
  } catch (error) {
    process.stderr.write(`${error.message}\n${usage}\n`);
    process.exit(2);
  }
}

/** A daemon of its own, and the store that everything is about. */
class Bench {
  constructor(base) {
    this.base = base;
    this.memories = path.join(base, 'memories');
    this.made = 0;
    this.mounted = 0;
  }

  command(...args) {
    return check(process.execPath, [executable, ...args, '--data', path.join(this.base, 'data')], { limit });
  }

  async json(...args) {
    return JSON.parse(await this.command(...args, '--json'));
  }

  async store(name) {
    await this.command('store', 'create', name);
    await this.command('store', 'import', name, this.memories);
  }

  async fill(memories) {
    writeMemories(this.memories, memories);
    await this.store('bench');
  }

  /** Ingests transcripts until there are `count` of this size; returns the bytes of the new ones. */
  async ingest(store, from, to, kilobytes) {
    const directory = path.join(this.base, `transcripts-${++this.made}`);
    await mkdir(directory);
    let bytes = 0;
    for (let number = from; number < to; number++) {
      const { name, text } = transcript(number, kilobytes * 1_000);
      writeFileSync(path.join(directory, name), text);
      bytes += Buffer.byteLength(text);
    }
    await this.command('session', 'ingest', directory, '--store', store, '--json');
    await rm(directory, { recursive: true });
    return bytes;
  }

  async engine() {
    return (await this.json('status')).engine.pid;
  }

  /** One dream of all transcripts, from the call to its end: seconds, those of processors, the engine's highest RSS. */
  async dream(store) {
    const pid = await this.engine();
    // proc_pid_clear_refs(5): 5 sets the peak back to what is in use now.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    const before = residentOf(pid, 'VmRSS');
    const [begun, busy] = [performance.now(), processorSeconds(pid)];
    const dream = await this.json('dream', 'run', store, '--all', '--since', '1970-01-01T00:00:00Z');
    const seconds = (performance.now() - begun) / 1_000;
    const cpu = processorSeconds(pid) - busy;
    const peak = residentOf(pid, 'VmHWM');
    await this.discard(dream.id);
    const edits = dream.edits.length + dream.refused.length;
    return { transcripts: dream.sessions, seconds, cpu, before, peak, edits };
  }

  /** What waits for review is superseded or in the way of the next one. */
  discard(id) {
    return this.command('dream', 'reject', id).catch(() => {});
  }

  /** Latencies on a mount that nothing has been looked up on. */
  async latencies(store) {
    const directory = path.join(this.base, `mount-${++this.mounted}`);
    await mkdir(directory);
    await this.command('mount', store, directory);
    try {
      return JSON.parse(await check('python3', [latencyClient, this.memories, directory], { limit }));
    } finally {
      await this.command('unmount', directory);
    }
  }
}

/** User and system time of a process: proc_pid_stat(5), in ticks of 10 ms. */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentOf(pid, field) {
  const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  );
  return Number(kib) * 1024;
}

const percentile = (values, part) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)];

/** Passes over new mounts, in turns without and with a dream, for `rounds` dreams. */
async function noticed(bench, rounds, progress) {
  const samples = { quiet: { stat: [], read: [] }, dreaming: { stat: [], read: [] } };
  const keep = (kind, latencies, until) => {
    for (const [call, pairs] of Object.entries(latencies))
      samples[kind][call].push(...pairs.filter(([end]) => end < until).map(([, duration]) => duration));
  };
  for (let round = 1; round <= rounds; round++) {
    progress(`a mount without and with a dream, round ${round} of ${rounds}`);
    keep('quiet', await bench.latencies('bench'), Number.POSITIVE_INFINITY);
    let end = Number.POSITIVE_INFINITY;
    const dream = bench.dream('bench').finally(() => {
      end = Date.now();
    });
    while (end === Number.POSITIVE_INFINITY) {
      const latencies = await bench.latencies('bench');
      keep('dreaming', latencies, end);
    }
    await dream;
  }
  return Object.fromEntries(
    ['stat', 'read'].map((call) => {
      const p99 = (kind) => percentile(samples[kind][call], 0.99) / 1_000;
      const [quiet, dreaming] = [p99('quiet'), p99('dreaming')];
      const counts = { quiet: samples.quiet[call].length, dreaming: samples.dreaming[call].length };
      return [call, { quiet_us: quiet, dreaming_us: dreaming, ratio: dreaming / quiet, calls: counts }];
    }),
  );
}

async function main({ memories, transcripts, kilobytes, curve, rounds, dir, json, ...more }, cleanup) {
  const base = await mkdtemp(path.join(path.resolve(dir), 'memfsd-dreams-'));
  cleanup.defer('remove the work directory', () => rm(base, { recursive: true, force: true }));
  const progress = (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };
  const say = (text) => {
    progress('');
    if (!json) process.stdout.write(`${text}\n`);
  };
  const load = () => os.loadavg()[0].toFixed(1);
  const bench = new Bench(base);
  cleanup.defer('stop the daemon', () => bench.command('stop'));
  const machine = `${os.cpus()[0]?.model}, ${os.cpus().length} cores, Linux ${os.release()}, Node ${process.versions.node}`;
  say(`${machine}, load ${load()}`);

  progress(`${memories} memories, ${transcripts} transcripts`);
  await bench.fill(memories);
  const bytes = await bench.ingest('bench', 0, transcripts, kilobytes);
  const first = await bench.dream('bench');
  const mib = (value) => `${Math.round(value / MIB)} MiB`;
  say(
    `${transcripts} transcripts (${(bytes / 1e6).toFixed(1)} MB) over ${memories} memories: ${first.seconds.toFixed(1)} s, ` +
      `${first.cpu.toFixed(1)} s of a processor, ` +
      `peak RSS of the engine ${mib(first.peak)} (${mib(first.before)} before), ${first.edits} edits, load ${load()}`,
  );

  const mount = rounds === 0 ? null : await noticed(bench, rounds, progress);
  for (const [call, { quiet_us, dreaming_us, ratio, calls }] of Object.entries(mount ?? {}))
    say(
      `p99 of ${call === 'stat' ? 'stat' : 'open + read + close'} on a new mount: ${quiet_us.toFixed(0)} µs, ` +
        `${dreaming_us.toFixed(0)} µs during a dream, ratio ${ratio.toFixed(2)} (${calls.quiet} and ${calls.dreaming} calls)`,
    );

  const points = [];
  if (curve.length > 0) {
    await bench.store('curve');
    let known = 0;
    for (const count of curve) {
      progress(`curve: ${count} transcripts`);
      // Numbers of their own: a session belongs to one transcript.
      await bench.ingest('curve', 1_000_000 + known, 1_000_000 + count, more['curve-kilobytes']);
      known = count;
      const { seconds, cpu, peak, edits } = await bench.dream('curve');
      const perUnit = (cpu / (count * Math.log2(count))) * 1e6;
      points.push({ transcripts: count, seconds, cpu, peak, edits, us_per_n_log_n: perUnit });
      say(
        `${String(count).padStart(6)} transcripts: ${seconds.toFixed(1).padStart(7)} s, ${cpu.toFixed(1).padStart(7)} s of a processor, ` +
          `${perUnit.toFixed(0).padStart(5)} µs of it per n log₂ n, peak ${mib(peak)}, ${edits} edits, load ${load()}`,
      );
    }
  }
  if (json)
    process.stdout.write(`${JSON.stringify({ machine, memories, bytes, first, mount, curve: points })}\n`);
}

const cleanup = new Cleanup();
let interrupted = false;
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
])
  process.once(signal, async () => {
    interrupted = true;
    await cleanup.run();
    process.exit(128 + number);
  });
try {
  await main(options(), cleanup);
} catch (error) {
  if (!interrupted) process.stderr.write(`\nbench: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
}
