/** The story of the README, run as printed there, and what it does where mounting is harder. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChildResult, inDirectory, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { readmeCommand, repository } from './support/readme.js';

const story = join(repository, 'scripts', 'quickstart.mjs');
const isRoot = process.getuid?.() === 0;
const limit = 100_000;

/** One after the other, with anything in between. */
const plot = [
  '$ memfsd store create team',
  '$ memfsd mount team ada --agent ada',
  '$ memfsd mount team ben --agent ben',
  "ada$ echo 'Deploys go out on Friday.' > deploy.md",
  'ben$ cat deploy.md\nDeploys go out on Friday.\n',
  'ben$ grep -rn Friday .\n./deploy.md:1:Deploys go out on Friday.\n',
  'ben$ sed -i',
  'ada$ cat deploy.md\nDeploys go out on Tuesday.\nRoll back with: make rollback\n',
  '$ memfsd log team deploy.md\n',
  'created     /deploy.md  ada  ada-monday',
  'modified    /deploy.md  ben  ben-monday',
  'modified    /deploy.md  ben  ben-monday',
  '$ memfsd diff team deploy.md --from 1\n',
  '-Deploys go out on Friday.\n+Deploys go out on Tuesday.\n+Roll back with: make rollback\n',
  '$ memfsd restore team deploy.md --version 1\n',
  'ada$ cat deploy.md\nDeploys go out on Friday.\n',
  '$ memfsd verify team\ngood: 5 records',
  'With a directory of your own:\n',
];

function expectStory({ status, stdout, stderr }: ChildResult): void {
  expect(status, stdout + stderr).toBe(0);
  let rest = stdout;
  for (const line of plot) {
    const at = rest.indexOf(line);
    expect(at, `"${line}" is missing or out of turn:\n${stdout}`).toBeGreaterThanOrEqual(0);
    rest = rest.slice(at + line.length);
  }
}

describeMount('the story of the README', () => {
  let base: string;
  let temporary: string;

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'memfsd-test-'));
    temporary = join(base, 'tmp');
    await chmod(base, 0o755);
    await mkdir(temporary);
  });

  afterEach(async () => {
    const mounted = readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${base}/`);
    expect(mounted, `something is still mounted below ${base}`).toBe(false);
    const left = existsSync(temporary) ? readdirSync(temporary) : [];
    await rm(base, { recursive: true });
    expect(left).toEqual([]);
  });

  const env = () => ({ ...process.env, TMPDIR: temporary });

  test('is played by the line that the README prints', { timeout: limit }, async () => {
    const [install, ...line] = readmeCommand('Try it').split(' && ');
    expect(install).toBe('npm ci');
    expectStory(await inDirectory(repository, line.join(' && '), { env: env(), limit }));
  });

  test('ends in order on Ctrl-C', { timeout: limit }, async () => {
    const child = spawn(process.execPath, [story], {
      env: env(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data) => {
      const before = output;
      output += data;
      const hasBegun = (text: string): boolean => text.includes('--session ada-monday');
      if (hasBegun(output) && !hasBegun(before)) process.kill(-child.pid!, 'SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code, output).toBe(130);
    expect(output).not.toContain('memfsd verify');
  });

  test('says why nothing can be mounted, and exits with 8', { timeout: limit }, async () => {
    const script = `
      mount -t tmpfs none "$1"
      for name in null zero random urandom tty; do : > "$1/$name"; mount --bind "/dev/$name" "$1/$name"; done
      mount --rbind "$1" /dev
      exec "$2" "$3"`;
    const { status, stderr } = await inNamespace(script, [process.execPath, story]);
    expect(stderr).toMatch(
      /^memfsd is installed, but nothing can be mounted here: \/dev\/fuse is missing\. Cure: .+\.$/m,
    );
    expect(status).toBe(8);
  });

  // What fusermount3 and user namespaces give to others, root can only try as somebody else. The checkout and the
  // program are shown at a place that everybody may look into, and the device as distributions ship it.
  const stage = `
    mount -t tmpfs -o mode=0755 none "$1"
    mkdir "$1/checkout" "$1/tmp"
    chmod 1777 "$1/tmp"
    for name in bin dist native node_modules scripts; do
      mkdir "$1/checkout/$name"
      mount --bind "$3/$name" "$1/checkout/$name"
    done
    cp "$3/package.json" "$1/checkout/"
    : > "$1/node"
    mount --bind "$2" "$1/node"
    mknod "$1/fuse" c 10 229
    chmod 0666 "$1/fuse"
    mount --bind "$1/fuse" /dev/fuse`;
  const asNobody = `
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$1/tmp" TMPDIR="$1/tmp" \\
      "$1/node" "$1/checkout/scripts/quickstart.mjs"
    test -z "$(ls -A "$1/tmp")"`;

  async function inNamespace(script: string, args: readonly string[]): Promise<ChildResult> {
    const place = join(base, 'stage');
    await mkdir(place);
    const words = [isRoot ? '-m' : '-rm', 'bash', '-euc', script, 'bash', place, ...args];
    return await runChild('unshare', words, { env: env(), limit });
  }

  if (isRoot) {
    test('is played for an ordinary user with fusermount3', { timeout: limit }, async () => {
      const result = await inNamespace(stage + asNobody, [process.execPath, repository]);
      expectStory(result);
      expect(result.stdout).not.toContain('user namespace');
    });

    test('is played for an ordinary user in a user namespace', { timeout: limit }, async () => {
      const hide = '\nmount --bind /dev/null "$(command -v fusermount3)"\n';
      const result = await inNamespace(stage + hide + asNobody, [process.execPath, repository]);
      expectStory(result);
      expect(result.stdout).toContain('so the story plays in a user namespace');
    });
  }
});
