#!/usr/bin/env node
/**
 * Plays a short story on a real mount: two agents with a shell each, one store, the journal afterwards.
 *
 * Everything lies in one temporary directory and is gone at the end, also after Ctrl-C and after a failure.
 * Where an ordinary user has no fusermount3, the story plays in a user namespace (unshare -rm).
 * Exit codes: 0 played, 1 something else failed, 8 nothing can be mounted here, 130 interrupted.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/memfsd.js', import.meta.url));
const isInNamespace = process.argv.includes('--in-namespace');
const unsupported = 8;
const interrupted = 130;
const commandLimit = 30_000;

/** What ends the story early; the message is for the reader. */
class Ending extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const say = (text = '') => process.stdout.write(`${text}\n`);

const base = mkdtempSync(join(realpathSync(tmpdir()), 'memfsd-quickstart-'));
const environment = {
  ...process.env,
  LC_ALL: 'C',
  MEMFSD_HOME: join(base, 'data'),
  PATH: `${join(base, 'bin')}${delimiter}${process.env.PATH ?? ''}`,
};
delete environment.MEMFSD_AGENT;
delete environment.MEMFSD_SESSION;

let wasInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    wasInterrupted = true;
  });
// The reader may go away (`| head`): then there is nobody to tell the rest to.
process.stdout.on('error', () => {
  wasInterrupted = true;
});

/**
 * Runs a shell command in a directory. It has a process group of its own, so that Ctrl-C does not cut a command
 * in two: the one under way ends, then the story does. The shell changes the directory, not this process's
 * spawn, which would wait here if a mount did not answer.
 */
function run(directory, command) {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', 'cd -- "$1" && eval "$2"', 'sh', directory, command], {
      detached: true,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [[], []];
    child.stdout.on('data', (data) => stdout.push(data));
    child.stderr.on('data', (data) => stderr.push(data));
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), commandLimit);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const text = (chunks) => Buffer.concat(chunks).toString();
      resolve({ code: code ?? signal, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}

function endIfInterrupted() {
  if (wasInterrupted) throw new Ending(interrupted, 'interrupted');
}

/** Shows a command and what it prints. `who` stands before the dollar sign. */
async function show(who, directory, command) {
  endIfInterrupted();
  const result = await run(directory, command);
  if (result.code === 0) print(who, command, result);
  endIfInterrupted();
  return result;
}

function print(who, command, { stdout, stderr }) {
  say(`${who}$ ${command}`);
  process.stdout.write(stdout + stderr);
}

async function must(who, directory, command) {
  const result = await show(who, directory, command);
  if (result.code === 0) return;
  print(who, command, result);
  throw new Ending(1, `this was not to be expected: exit code ${result.code}`);
}

function makeStage() {
  for (const name of ['bin', 'ada', 'ben']) mkdirSync(join(base, name));
  const command = join(base, 'bin', 'memfsd');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(command, 0o755);
}

const canUnshare = () => spawnSync('unshare', ['-rm', 'true'], { stdio: 'ignore' }).status === 0;

/** Thrown when the story is to be played again, in a user namespace. */
class TryNamespace extends Error {}

const nothing = (detail, cure) =>
  new Ending(
    unsupported,
    `memfsd is installed, but nothing can be mounted here: ${detail}.${cure ? ` Cure: ${cure}.` : ''}`,
  );

/** What this user may not do as itself, it often may as the root of a user namespace. */
const cannotMount = (detail, cure) =>
  !isInNamespace && canUnshare() ? new TryNamespace() : nothing(detail, cure);

async function checkMachine() {
  if (process.platform !== 'linux') throw nothing(`this is ${process.platform}`, 'use Linux');
  const { code, stdout, stderr } = await run(base, 'memfsd doctor --json');
  if (code !== 0 && code !== unsupported) throw new Ending(1, `memfsd doctor failed: ${stderr.trim()}`);
  for (const { name, state, detail, cure } of JSON.parse(stdout).checks) {
    if (state !== 'bad') continue;
    if (name === 'mounting') throw cannotMount(detail, cure);
    throw nothing(name === '/dev/fuse' ? `${name} ${detail}` : detail.replace(/^memfsd: /, ''), cure);
  }
}

async function mountFor(agent) {
  const command = `memfsd mount team ${agent} --agent ${agent} --session ${agent}-monday`;
  const { code, stderr } = await show('', base, command);
  if (code === 0) return;
  const line = (label) => new RegExp(`^${label}: (.*)$`, 'm').exec(stderr)?.[1];
  throw cannotMount(line('memfsd') ?? stderr.trim(), line('next'));
}

async function play() {
  makeStage();
  await checkMachine();
  const ada = (command) => must('ada', join(base, 'ada'), command);
  const ben = (command) => must('ben', join(base, 'ben'), command);
  const person = (command) => must('', base, command);

  say();
  if (isInNamespace) say('This user cannot mount for everyone, so the story plays in a user namespace.\n');
  say('One store, mounted twice: a directory for each of two agents, ada and ben.\n');
  await person('memfsd store create team');
  await mountFor('ada');
  await mountFor('ben');

  say('\nAda writes down what she was told. Ben reads it at once in his own directory.\n');
  await ada(`echo 'Deploys go out on Friday.' > deploy.md`);
  await ada(`echo 'Ask Kim about billing.' > people.md`);
  await ben('cat deploy.md');
  await ben('grep -rn Friday .');

  say('\nBen learns better, with ordinary tools. Ada sees the new text.\n');
  await ben(`sed -i 's/Friday/Tuesday/' deploy.md`);
  await ben(`echo 'Roll back with: make rollback' >> deploy.md`);
  await ada('cat deploy.md');

  say('\nEvery close of a changed file was a version. The journal knows who, when and in which session.\n');
  await person('memfsd log team deploy.md');
  await person('memfsd diff team deploy.md --from 1');

  say('\nBen was wrong after all. An old version comes back as a new one; nothing is lost.\n');
  await person('memfsd restore team deploy.md --version 1');
  await ada('cat deploy.md');
  await person('memfsd log team deploy.md --after 3');
  await person('memfsd verify team');
}

function sayHowToGoOn() {
  say(`
That was all in ${base}, which is gone now. With a directory of your own:

  alias memfsd='node ${program}'
  memfsd store create notes
  memfsd mount notes ~/notes
  echo 'My first note' > ~/notes/first.md
  memfsd log notes
  memfsd unmount ~/notes
  memfsd stop`);
  if (isInNamespace)
    say(`
For that, install fusermount3 first (Debian: apt-get install fuse3), or do all of it in one shell that
"unshare -rm" starts: only that shell then sees the mounts.`);
}

const mountsBelow = () =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4]?.startsWith(`${base}/`));

/** Ends the daemon, which unmounts; removes the directory only when nothing is mounted in it any more. */
async function cleanUp() {
  if (existsSync(environment.MEMFSD_HOME)) {
    const { code, stderr } = await run(base, 'memfsd stop');
    if (code !== 0) process.stderr.write(stderr);
  }
  if (mountsBelow()) {
    process.stderr.write(`Something is still mounted below ${base}; it is left there.\n`);
    return;
  }
  rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** The same story where this user is root of its own mounts. Its code, signal or not, is the answer. */
function playInNamespace() {
  return new Promise((resolve, reject) => {
    const self = fileURLToPath(import.meta.url);
    const child = spawn('unshare', ['-rm', process.execPath, self, '--in-namespace'], { stdio: 'inherit' });
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

async function main() {
  try {
    await play();
    return 0;
  } catch (thrown) {
    if (thrown instanceof TryNamespace) return 'namespace';
    if (!(thrown instanceof Ending)) throw thrown;
    process.stderr.write(`\n${thrown.message}\n`);
    return thrown.code;
  }
}

let code = 1;
try {
  code = await main();
} finally {
  await cleanUp();
}
if (code === 'namespace') code = wasInterrupted ? interrupted : await playInNamespace();
else if (code === 0) sayHowToGoOn();
process.exitCode = code;
