#!/usr/bin/env node
/**
 * Puts each of the programs that are started most into a file of its own, from what the compiler has written to dist/: Node
 * takes three times as long to load their three hundred modules one by one. Does nothing when the compiler had nothing to do.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'rolldown';

const output = 'dist/programs';
const compiled = 'dist/.tsbuildinfo';
/** Of the name of a build, which tells apart what runs and what was installed since. */
const buildDigits = 8;

/** A module finds its neighbours, the native addon and package.json as if it still were where the compiler has put it. */
const inPlace = {
  name: 'in-place',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null;
    const place = JSON.stringify(relative(resolve(output), id));
    return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
  },
};

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

async function bundle() {
  const { output: chunks } = await build({
    input: {
      'engine-main': 'dist/daemon/engine/engine-main.js',
      'keeper-main': 'dist/daemon/keeper/keeper-main.js',
      memfsd: 'dist/cli/program.js',
    },
    platform: 'node',
    external: ['better-sqlite3'],
    plugins: [inPlace],
    write: false,
    output: { format: 'esm', chunkFileNames: '[name].js' },
  });
  // Those that begin a program come last, so that they find the others.
  const files = chunks
    .toSorted((a, b) => Number(a.isEntry) - Number(b.isEntry) || a.fileName.localeCompare(b.fileName))
    .map(({ fileName, code }) => [fileName, code]);
  const hash = createHash('sha256');
  for (const [, code] of files) hash.update(code);
  mkdirSync(output, { recursive: true });
  for (const [name, content] of [['build', hash.digest('hex').slice(0, buildDigits)], ...files]) {
    const path = join(output, name);
    // Programs may be starting just now: each finds a whole file.
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }
}

if (timeOf(join(output, 'memfsd.js')) <= Math.max(timeOf(compiled), timeOf(import.meta.filename)))
  await bundle();
