import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { check } from './process.mjs';
import { table } from './report.mjs';

const SCRIPT_LIMIT = 900_000;

/**
 * Runs `SCRIPT DIR LABEL` on each file system. The script prints tab-separated lines "phase, operations,
 * seconds, operations a second"; lines that are not of this form are passed over.
 */
export async function runExternal(script, fileSystems, base, progress) {
  const scratch = path.join(base, 'external');
  await mkdir(scratch);
  const phases = new Map();
  for (const { name, directory } of fileSystems) {
    progress(`${path.basename(script)} on ${name}`);
    const label = name.replaceAll(' ', '-');
    const output = await check(path.resolve(script), [directory, label], {
      cwd: scratch,
      limit: SCRIPT_LIMIT,
    });
    for (const line of output.split('\n')) {
      const [phase, , seconds] = line.split('\t');
      if (seconds === undefined || Number.isNaN(Number(seconds))) continue;
      phases.set(phase, { ...phases.get(phase), [name]: Number(seconds) });
    }
  }
  return [...phases].map(([phase, seconds]) => ({ phase, seconds }));
}

export function printExternal(phases, names, title) {
  const others = names.filter((name) => name !== 'memfsd');
  const lines = phases.map(({ phase, seconds }) => [
    phase,
    ...names.map((name) => seconds[name]?.toFixed(3) ?? '–'),
    ...others.map((name) =>
      seconds.memfsd && seconds[name] ? (seconds.memfsd / seconds[name]).toFixed(2) : '–',
    ),
  ]);
  return table(
    [
      'phase',
      ...names.map((name) => `${title(name)}, s`),
      ...others.map((name) => `memfsd : ${title(name)}`),
    ],
    lines,
  );
}
