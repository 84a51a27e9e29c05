import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, run } from './process.mjs';

const executable = fileURLToPath(new URL('../bin/memfsd.js', import.meta.url));
const fuseNativeServer = fileURLToPath(new URL('./fuse-native-memory.mjs', import.meta.url));

const isMounted = (directory) =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === directory);

/** The last resort is a lazy unmount: a benchmark must not leave a mount behind. */
async function detach(directory) {
  const attempts = [
    ['fusermount3', ['-u', directory]],
    ['umount', [directory]],
    ['fusermount3', ['-uz', directory]],
    ['umount', ['-l', directory]],
  ];
  for (const [command, args] of attempts) {
    if (!isMounted(directory)) break;
    await run(command, args, { limit: 10_000 }).catch(() => undefined);
  }
  if (isMounted(directory)) throw new Error(`${directory} is still mounted`);
  await rmdir(directory);
}

async function waitUntilMounted(directory, exited) {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (isMounted(directory)) return;
    const reason = exited();
    if (reason !== undefined) throw new Error(reason);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${directory} was not mounted within 5 s`);
}

/** `mounts` of one store; the first one is measured. */
async function memfsd(base, cleanup, name, mounts) {
  if (!existsSync(executable)) throw new Error('bin/memfsd.js is missing');
  const data = path.join(base, `${name}-data`);
  const command = (...args) => check(process.execPath, [executable, ...args, '--data', data]);
  cleanup.defer('stop the daemon', () => command('stop'));
  await command('store', 'create', 'bench');
  const directories = Array.from({ length: mounts }, (_, number) => path.join(base, `${name}-${number + 1}`));
  for (const directory of directories) {
    await mkdir(directory);
    cleanup.defer('unmount memfsd', () => detach(directory));
    cleanup.defer('end the memfsd mount', () => command('unmount', directory));
    await command('mount', 'bench', directory);
  }
  return { directory: directories[0] };
}

async function plain(base) {
  const directory = path.join(base, 'plain');
  await mkdir(directory);
  return { directory };
}

async function bindfs(base, cleanup) {
  const source = path.join(base, 'bindfs-source');
  const directory = path.join(base, 'bindfs');
  await Promise.all([mkdir(source), mkdir(directory)]);
  cleanup.defer('unmount bindfs', () => detach(directory));
  await check('bindfs', ['--no-allow-other', source, directory]).catch((error) => {
    throw error.code === 'ENOENT' ? new Error('bindfs is not installed') : error;
  });
  return { directory };
}

async function git(base) {
  const directory = path.join(base, 'git');
  await check('git', ['init', '-q', directory]).catch((error) => {
    throw error.code === 'ENOENT' ? new Error('git is not installed') : error;
  });
  await check('git', ['-C', directory, 'config', 'user.email', 'bench@localhost']);
  await check('git', ['-C', directory, 'config', 'user.name', 'bench']);
  await check('git', ['-C', directory, 'config', 'gc.auto', '0']);
  return { directory, clientFlags: ['--commit'] };
}

async function fuseNative(base, cleanup) {
  const directory = path.join(base, 'fuse-native');
  await mkdir(directory);
  const server = spawn(process.execPath, [fuseNativeServer, directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (data) => {
    said += data;
  });
  cleanup.defer('unmount fuse-native', async () => {
    await detach(directory);
    server.kill('SIGKILL');
  });
  await waitUntilMounted(directory, () =>
    server.exitCode === null ? undefined : said.trim().split('\n').at(-1) || `status ${server.exitCode}`,
  );
  return { directory };
}

/** `few`: so slow that it gets few operations a round, and only in the rows that write. */
export const contenders = [
  {
    name: 'memfsd',
    required: true,
    setUp: (base, cleanup) => memfsd(base, cleanup, 'memfsd', 1),
  },
  {
    name: 'of two mounts',
    setUp: (base, cleanup) => memfsd(base, cleanup, 'memfsd-of-two', 2),
  },
  { name: 'plain', setUp: plain },
  { name: 'bindfs', setUp: bindfs },
  { name: 'git commit', setUp: git, few: true },
  { name: 'fuse-native', setUp: fuseNative },
];

export async function typeOf(directory) {
  const type = await check('findmnt', ['-no', 'FSTYPE', '-T', directory]);
  return type.trim().split('\n').at(-1);
}
