#!/usr/bin/env node
/**
 * Puts each of the programs that are started most into a file of its own, from what the compiler has written to dist/: Node
 * takes three times as long to load their three hundred modules one by one.
 */
import { relative, resolve } from 'node:path';
import { build } from 'rolldown';

const output = 'dist/programs';

/** A module finds its neighbours, the native addon and package.json as if it still were where the compiler has put it. */
const inPlace = {
  name: 'in-place',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null;
    const place = JSON.stringify(relative(resolve(output), id));
    return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
  },
};

await build({
  input: {
    memfsd: 'dist/cli/program.js',
    keeper: 'dist/daemon/keeper-main.js',
    engine: 'dist/daemon/engine-main.js',
  },
  platform: 'node',
  external: ['better-sqlite3'],
  plugins: [inPlace],
  output: { dir: output, format: 'esm', cleanDir: true, chunkFileNames: '[name].js' },
});
