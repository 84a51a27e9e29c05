/**
 * The layer map (docs/architecture.md) as a test. Imports run one way only; every ban says why it is there, and a
 * failure repeats the reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  /** `src/core/errors.ts`, `native/index.cjs`, `node:fs`, `zod` */
  readonly target: string;
  /** It is only named, to run in a thread or to be read as a file. */
  readonly isNamed: boolean;
}

interface Source {
  /** From the root of the repository: `src/core/errors.ts`. */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const byName = /\bnew URL\(\s*['"](?<from>\.[^'"]+)['"]\s*,\s*import\.meta\.url/g;
const patterns = [
  byName,
  /^(?:import|export)\s+[^;'"]*?\bfrom\s*['"](?<from>[^'"]+)['"]/gms,
  /^import\s*['"](?<from>[^'"]+)['"]/gm,
  /\bimport\(\s*['"](?<from>[^'"]+)['"]/g,
  /\bcreateRequire\(import\.meta\.url\)\(\s*['"](?<from>[^'"]+)['"]/g,
];

function importsOf(path: string, code: string): Import[] {
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ groups }) => {
      const { from } = groups as { from: string };
      const target = from.startsWith('.') ? join(dirname(path), from).replace(/\.js$/, '.ts') : from;
      return { target, isNamed: pattern === byName };
    }),
  );
}

const withoutComments = (text: string): string =>
  text.replace(/\/\*.*?\*\//gs, '').replace(/(^|\s)\/\/.*$/gm, '$1');

function read(directory: string, pattern: RegExp): Source[] {
  return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => {
      const path = relative(root, join(entry.parentPath, entry.name));
      const code = withoutComments(readFileSync(join(root, path), 'utf8'));
      return { path, code, imports: importsOf(path, code) };
    });
}

const sources = read('src', /\.ts$/);
const tests = read('test', /\.(ts|mjs)$/);

interface Layer {
  /** Files and folders (with `/`) that the layer may import; its own are always allowed. */
  readonly may: readonly string[];
  readonly reason: string;
}

const layers: Readonly<Record<string, Layer>> = {
  core: {
    may: [],
    reason: 'core is words, ids and errors that every layer shares: it depends on nothing, not even on Node',
  },
  secrets: {
    may: [],
    reason: 'what a key or a token looks like is a matter of text alone, so every layer may ask',
  },
  sqlite: {
    may: ['src/core/', 'node:', 'better-sqlite3'],
    reason: 'files of SQLite are opened in one way, whatever lies in them',
  },
  journal: {
    may: ['src/core/', 'src/sqlite/', 'node:'],
    reason:
      'the journal stores; what a file operation means is decided above it, so that it can be verified alone',
  },
  vfs: {
    may: ['src/core/', 'src/secrets/', 'src/journal/', 'node:', 'diff', 'picomatch'],
    reason: 'the file system is tested without a kernel: it declares what it needs of one in filesystem.ts',
  },
  fuse: {
    may: ['src/core/', 'src/vfs/filesystem.ts', 'native/index.cjs', 'node:'],
    reason:
      'the kernel protocol knows the FileSystem interface only, so that any file system can stand behind it',
  },
  sessions: {
    may: ['src/core/', 'src/secrets/', 'src/sqlite/', 'node:', 'chokidar', 'zod'],
    reason:
      'transcripts are read and kept without a store: what an agent did is known before what it changed',
  },
  dream: {
    may: [
      'src/core/',
      'src/secrets/',
      'src/sqlite/',
      'src/sessions/event.ts',
      'src/vfs/merge.ts',
      'node:',
      '@anthropic-ai/sdk',
      '@anthropic-ai/sdk/lib/transform-json-schema',
      'croner',
      'diff',
      'zod',
    ],
    reason:
      'a dream is a function of texts: it is made and judged without a store, a daemon or the database of transcripts',
  },
  api: {
    may: [
      'src/core/',
      'src/dream/edit.ts',
      'src/dream/triggers/schedule.ts',
      'src/dream/consolidator.ts',
      'src/dream/dream.ts',
      'src/sessions/event.ts',
      'src/sessions/source.ts',
      'node:',
      'zod',
      'hono',
      'hono/utils/http-status',
      '@hono/node-server',
    ],
    reason: 'the API is a protocol: clients use it without the code that serves it',
  },
  cli: {
    may: [
      'src/core/',
      'src/sessions/',
      'src/dream/edit.ts',
      'src/dream/dream.ts',
      'src/api/',
      'src/dream/triggers/',
      'node:',
      'zod',
      'commander',
      'diff',
    ],
    reason:
      'the command line is a client of the API; only src/cli/daemon.ts reaches for the daemon, to start it',
  },
  daemon: {
    may: [
      'src/core/',
      'src/sqlite/',
      // Made of its own files by scripts/bundle.mjs.
      'src/programs/',
      'src/journal/',
      'src/vfs/',
      'src/fuse/',
      'src/sessions/',
      'src/dream/',
      'src/api/',
      'node:',
      'pino',
      'zod',
    ],
    reason: 'the composition root sees every layer but the command line, which is its client',
  },
};

const layerOf = (path: string): string => path.split('/')[1]!;

const isUnder = (target: string, allowed: readonly string[]): boolean =>
  allowed.some((each) => target === each || (/[/:]$/.test(each) && target.startsWith(each)));

/** Imports that the map allows to single files. */
const doors: Readonly<Record<string, readonly string[]>> = {
  'src/cli/daemon.ts': [
    'src/daemon/directory/data-directory.ts',
    'src/daemon/health.ts',
    'src/daemon/keeper/keeper-lock.ts',
    'src/daemon/keeper/programs.ts',
    'src/daemon/keeper/run-keeper.ts',
    'src/daemon/stores/salvage.ts',
    'src/daemon/keeper/start.ts',
    'src/daemon/version.ts',
  ],
  'src/cli/run/starter.ts': ['native/build/Release/memfsd-starter'],
  'src/daemon/version.ts': ['package.json'],
};

it('every folder of src is a layer of the map', () => {
  expect(new Set(sources.map(({ path }) => layerOf(path)))).toEqual(new Set(Object.keys(layers)));
});

it.each(Object.entries(layers))('%s imports what its layer may', (name, { may, reason }) => {
  const wrong = sources
    .filter(({ path }) => layerOf(path) === name)
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => !isUnder(target, [`src/${name}/`, ...may, ...(doors[path] ?? [])]))
        .map(({ target }) => `${path} imports ${target}`),
    );
  expect(wrong, `${reason}.\n${wrong.join('\n')}`).toEqual([]);
});

/** Where the file system ends and everything else begins: these may be imported from far away. */
it.each([
  ['src/vfs/filesystem.ts', ['src/core/']],
  ['src/vfs/policy.ts', ['src/core/']],
  ['src/vfs/store.ts', ['src/core/', 'src/vfs/filesystem.ts', 'src/vfs/policy.ts']],
])('%s is an interface only', (path, allowed) => {
  const { imports } = sources.find((source) => source.path === path)!;
  const reason = 'other layers import it for its types: what it imports itself, they would depend on too';
  expect(
    imports.map(({ target }) => target).filter((target) => !isUnder(target, allowed)),
    reason,
  ).toEqual([]);
});

interface Ban {
  readonly what: string;
  readonly reason: string;
  /** The offence of a source file, if it is one. */
  offence(source: Source): boolean;
  /** Files to which the reason does not apply, each with the reason why. */
  readonly except?: Readonly<Record<string, string>>;
}

const imports =
  (pattern: RegExp) =>
  (source: Source): boolean =>
    source.imports.some(({ target }) => pattern.test(target));

const says =
  (pattern: RegExp) =>
  ({ code }: Source): boolean =>
    pattern.test(code);

const within =
  (folder: string, offence: (source: Source) => boolean) =>
  (source: Source): boolean =>
    source.path.startsWith(folder) && offence(source);

const importsByPath = new Map(sources.map(({ path, imports }) => [path, imports]));

/** Whether a file, by way of what it imports, imports itself. */
function isInCircle({ path }: Source): boolean {
  const seen = new Set<string>();
  const left = [path];
  for (let next = left.pop(); next !== undefined; next = left.pop())
    for (const { target, isNamed } of importsByPath.get(next) ?? []) {
      if (isNamed) continue;
      if (target === path) return true;
      if (!seen.has(target)) left.push(target);
      seen.add(target);
    }
  return false;
}

const bans: readonly Ban[] = [
  {
    what: 'circles of imports',
    reason:
      'files that import each other, be it for types, can only be read, tested and moved together: what both need ' +
      'belongs in a third, or one of them declares what it needs of the other',
    offence: isInCircle,
  },
  {
    what: 'better-sqlite3',
    reason:
      'one module opens files of SQLite, so that locks, remnants and migrations are dealt with in one way; the rest knows ' +
      'its types',
    offence: (source) => !source.path.startsWith('src/sqlite/') && imports(/^better-sqlite3$/)(source),
  },
  {
    what: 'the code that serves, in clients',
    reason:
      'server and client are made from src/api/endpoints/ and know nothing of each other: what both need is said there',
    offence: (source) =>
      /^src\/(cli|api\/(?!server\/))/.test(source.path) && imports(/^src\/api\/server\/|^@?hono\b/)(source),
  },
  {
    what: 'the native addon',
    reason: 'one module loads it, at its first use, so that what never mounts never needs a compiler',
    offence: imports(/^native\/|\.node$/),
    except: {
      'src/fuse/native.ts': 'it is that module',
      'src/cli/run/starter.ts': 'the path of a program beside it',
    },
  },
  {
    what: 'other ways to FUSE',
    reason:
      'the protocol is spoken in src/fuse; two servers of one connection steal requests from each other',
    offence: imports(/^(fuse-native|node-fuse-bindings|@cocalc\/fuse-native)$/),
  },
  {
    what: 'file watchers',
    reason:
      'the engine must never open a path under one of its own mounts: it would wait for its own answer for ever. ' +
      'A watcher walks into them',
    offence: says(/['"](chokidar|node-watch)['"]|\b(watch|watchFile)\(/),
    except: {
      'src/sessions/watch.ts':
        'in the process of `session watch`, which serves nothing; it leaves mounts out',
    },
  },
  {
    what: 'node:fs in what serves the kernel',
    reason:
      'the engine must never open a path under one of its own mounts: it would wait for its own answer for ever. ' +
      'So each module that touches files says which',
    offence: (source) => /^src\/(core|journal|vfs|fuse)\//.test(source.path) && imports(/^node:fs/)(source),
    except: {
      'src/journal/spool/spool.ts': 'the spool, in the data directory',
      'src/journal/spool/former-spool.ts': 'the same, of an earlier version',
      'src/journal/database.ts': 'the index of the WAL, in the data directory',
      'src/journal/storage-failure.ts':
        'a file of its own beside the database, to find out why that takes no more',
      'src/journal/sync-directory.ts': 'directories of the data directory',
      'src/journal/regular-file.ts': 'files of a damaged store, in a process that serves no mount',
      'src/journal/salvage/page-file.ts': 'a damaged database, in a process that serves no mount',
      'src/journal/salvage/wal-frames.ts': 'its write-ahead log, likewise',
      'src/journal/salvage/spool-state.ts': 'its spool, likewise',
      'src/vfs/store/maintenance.ts': 'the WAL, in the data directory',
      'src/vfs/store/wal-sync.ts': 'the WAL and its index, in the data directory',
      'src/vfs/removal/erasure.ts': 'the database, in the data directory: what lies between its rows',
      'src/vfs/store/create-store.ts': 'whether the database is there',
      'src/vfs/store/open-store.ts': 'whether the database is there, and the sizes of its files',
      'src/vfs/mount/disk-statistics.ts': 'statfs(2) of the data directory',
      'src/fuse/mountinfo.ts': '/proc/self/mountinfo, and fdinfo',
      'src/fuse/read-ahead.ts': 'a setting in sysfs',
      'src/fuse/connection-control.ts': 'fusectl, in the keeper',
      'src/fuse/mount.ts': 'in the keeper, which serves nothing; by descriptor',
      'src/fuse/mountpoint.ts': 'in the keeper; it looks at no path that leads into a mount of ours',
      'src/fuse/unmount.ts': 'in the keeper; it closes what it opened',
    },
  },
  {
    what: 'the time of day',
    reason:
      'a clock is passed in, so that an operation gives the same when its spool frame is carried out again',
    offence: within('src/', says(/\bDate\.now\b|\bnew Date\(\s*\)/)),
    except: {
      'src/vfs/store/clock.ts': 'it is the clock',
      'src/vfs/mount/store-file-system.ts': 'where handle numbers begin, once a process',
      'src/api/client/connection.ts': 'a time limit of the client',
      'src/cli/commands/restart.ts': 'a time limit of the client',
      'src/cli/commands/stop.ts': 'a time limit of the client',
      'src/cli/run/run.ts': 'when COMMAND began: its transcripts are younger',
      'src/daemon/engine/engine.ts': 'when the engine began',
      'src/daemon/keeper/keeper-main.ts': 'a log line before there is a log',
      'src/daemon/keeper/start.ts': 'a time limit of the client',
      'src/daemon/transcripts/transcript-thread.ts': 'when a session was ended or deleted',
      'src/daemon/stores/salvage.ts': 'stamps what a salvage adds to a journal',
      'src/daemon/stores/stores.ts': 'stamps the catalog row of a new store',
    },
  },
  {
    what: 'chance, time and the world in operations',
    reason:
      'an operation is a function of workspace, arguments and context alone: after a crash it is carried out again ' +
      'from the spool and must give the same',
    offence: within(
      'src/vfs/operations/',
      (source) =>
        imports(/^node:/)(source) ||
        says(/\b(Math\.random|randomBytes|performance\.|process\.|Date\b|await\b|async\b)/)(source),
    ),
  },
  {
    what: 'waiting in the journal',
    reason: 'a transaction is synchronous and short: another request would otherwise run inside it',
    offence: within('src/journal/', says(/\b(await|async|Promise)\b/)),
  },
  {
    what: 'console',
    reason: 'commands print through their context, which knows --json; the daemon logs through pino',
    offence: says(/\bconsole\./),
  },
  {
    what: 'errors of other classes',
    reason:
      'one error class with a closed set of codes, because one table maps codes to errno, HTTP status and exit code',
    offence: says(/\bthrow new (?!MemfsError\b)\w+/),
  },
  {
    what: 'barrels',
    reason: 'a file that only re-exports hides what depends on what, which is what this test is about',
    offence: (source) => basename(source.path) === 'index.ts' || says(/^export \* from/m)(source),
  },
  {
    what: 'files named after nothing',
    reason: 'a file is named after what it does; "utils" collects what nobody finds again',
    offence: ({ path }) => /^(utils?|helpers?|common|misc|shared|lib)\.ts$/.test(basename(path)),
  },
];

/** Every exception must still be needed, or it would let the next offence pass. */
function check({ reason, offence, except = {} }: Ban, files: readonly Source[]): void {
  const offenders = files.filter(offence).map(({ path }) => path);
  const wrong = offenders.filter((path) => !(path in except));
  expect(wrong, `${reason}.\n${wrong.join('\n')}`).toEqual([]);
  const idle = Object.keys(except).filter((path) => !offenders.includes(path));
  expect(idle, 'these exceptions are no longer needed').toEqual([]);
}

it.each(bans.map((ban) => [ban.what, ban] as const))('bans %s', (_, ban) => check(ban, sources));

it('bans tests that are left out', () => {
  check(
    {
      what: 'tests left out',
      reason: 'a test that does not run is worse than none: it is believed',
      offence: says(/\b(?:test|it|describe|suite)\.(?:skip|only|todo|fails)\b/),
      except: {
        'test/mount/support/mount-tier.ts': 'without /dev/fuse, loudly, and never in CI',
        'test/mount/fuse-transport.test.ts': 'without /dev/fuse, with the reason in its name',
        'test/unit/fuse/native.test.ts': 'without a compiler there is no addon',
      },
    },
    tests,
  );
});

it('finds imports in every form', () => {
  const code = `import a from './a.js';
import type { B } from '../journal/b.js';
import {
  c,
} from 'node:fs';
import './d.js';
export { e } from './e.js';
const f = await import('./f.js');
const g = new URL('./g.js', import.meta.url);
const h = createRequire(import.meta.url)('../../native/index.cjs');`;
  expect(
    importsOf('src/vfs/x.ts', code)
      .map(({ target }) => target)
      .sort(),
  ).toEqual([
    'native/index.cjs',
    'node:fs',
    'src/journal/b.ts',
    'src/vfs/a.ts',
    'src/vfs/d.ts',
    'src/vfs/e.ts',
    'src/vfs/f.ts',
    'src/vfs/g.ts',
  ]);
});
