#!/usr/bin/env node
/**
 * Builds native/ with node-gyp. Without a compiler it says so in one sentence and succeeds, so that
 * `npm ci` does; the loader (native/index.cjs) repeats the sentence when the addon is needed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const native = join(root, 'native');

const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

function missingTools() {
  const compilers = process.env.CXX ? [process.env.CXX] : ['g++', 'c++', 'clang++'];
  const pythons = [process.env.npm_config_python, process.env.PYTHON, 'python3', 'python'].filter(Boolean);
  return [
    compilers.some(works) ? undefined : 'a C++ compiler',
    works(process.env.MAKE ?? 'make') ? undefined : 'make',
    pythons.some(works) ? undefined : 'Python 3',
  ].filter(Boolean);
}

/** npm brings its own node-gyp and names it in the environment; run by hand, it is looked for beside npm. */
function findNodeGyp() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const places = [
    process.env.npm_config_node_gyp,
    join(prefix, 'lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js'),
    join(prefix, 'share/nodejs/npm/node_modules/node-gyp/bin/node-gyp.js'),
    join(prefix, 'share/nodejs/node-gyp/bin/node-gyp.js'),
  ];
  const found = places.find((path) => path && existsSync(path));
  if (found) return [process.execPath, found];
  try {
    return [process.execPath, createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')];
  } catch {
    return ['npx', '--yes', 'node-gyp'];
  }
}

/** Node's headers often lie beside it; then nothing has to be downloaded. */
function headerOptions() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

function build() {
  if (process.platform !== 'linux') {
    return 'memfsd: mounting needs Linux, so the native addon was not built.';
  }
  const missing = missingTools();
  if (missing.length > 0) {
    return (
      `memfsd: the native addon was not built for want of ${missing.join(' and ')}; install what is missing ` +
      '(Debian: apt-get install g++ make python3), then run: node scripts/build-native.mjs'
    );
  }
  const [command, ...first] = findNodeGyp();
  const result = spawnSync(command, [...first, 'rebuild', '-C', native, '--release', ...headerOptions()], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return undefined;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}\n`);
  process.exitCode = 1;
  return 'memfsd: the build of the native addon failed; the compiler said why above.';
}

const message = build();
if (message) process.stderr.write(`${message}\n`);
