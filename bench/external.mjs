import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { run } from './process.mjs';
import { table } from './report.mjs';

const SCRIPT_LIMIT = 900_000;

/**
 * Runs `SCRIPT DIR LABEL` on each file system. The script prints tab-separated lines "phase, operations,
 * seconds, operations a second"; lines that are not of this form are passed over. What it says on standard
 * error is kept: a phase that failed early looks fast.
 */
export async function runExternal(script, fileSystems, base, progress) {
  const scratch = path.join(base, 'external');
  await mkdir(scratch);
  const phases = new Map();
  const complaints = [];
  for (const { name, directory } of fileSystems) {
    progress(`${path.basename(script)} on ${name}`);
    const { status, stdout, stderr } = await run(
      path.resolve(script),
      [directory, name.replaceAll(' ', '-')],
      { cwd: scratch, limit: SCRIPT_LIMIT },
    );
    for (const line of stdout.split('\n')) {
      const [phase, , seconds] = line.split('\t');
      if (seconds === undefined || Number.isNaN(Number(seconds))) continue;
      phases.set(phase, { ...phases.get(phase), [name]: Number(seconds) });
    }
    complaints.push(
      ...stderr
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => `${name}: ${line}`),
    );
    if (status !== 0) complaints.push(`${name}: ended with ${status}`);
  }
  return { phases: [...phases].map(([phase, seconds]) => ({ phase, seconds })), complaints };
}

export function printExternal({ phases, complaints }, names, title) {
  const others = names.filter((name) => name !== 'memfsd');
  const lines = phases.map(({ phase, seconds }) => [
    phase,
    ...names.map((name) => seconds[name]?.toFixed(3) ?? '–'),
    ...others.map((name) =>
      seconds.memfsd && seconds[name] ? (seconds.memfsd / seconds[name]).toFixed(2) : '–',
    ),
  ]);
  const printed = table(
    [
      'phase',
      ...names.map((name) => `${title(name)}, s`),
      ...others.map((name) => `memfsd : ${title(name)}`),
    ],
    lines,
  );
  return [printed, '', ...complaints].join('\n');
}
