import { execFile } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlClient } from '../../src/api/client/client.js';
import type { MountSummary } from '../../src/api/endpoints/mounts.js';
import { readMountInfo } from '../../src/api/mountinfo.js';
import { executable, killBoth, killEngine, statusOf, until } from './daemon-support/processes.js';
import { inDirectory, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { isMounted, PrivateDaemon } from './support/private-daemon.js';

let daemon: PrivateDaemon;
let mountpoint: string;

beforeEach(async () => {
  daemon = new PrivateDaemon();
  await daemon.prepare();
});
afterEach(() => daemon.close());

async function mountTeam(...options: string[]): Promise<void> {
  await daemon.expect('store', 'create', 'team', '--description', 'What the team knows');
  mountpoint = await daemon.mount('team', ...options);
}

const mounts = async (): Promise<MountSummary[]> => (await statusOf(daemon)).mounts;

/** Opens, writes, reads and appends until it is told to end; prints what failed. */
const busyClient = `
import os, sys
rounds = 0
failed = []
while not os.path.exists('stop'):
    try:
        name = f'f{rounds % 20}'
        with open(name, 'w') as f: f.write(str(rounds))
        with open(name) as f: assert f.read() == str(rounds), 'other content'
        with open('log', 'a') as f: f.write(f'{rounds}\\n')
        os.rename(name, name + '.moved')
    except Exception as error:
        failed.append(f'{rounds}: {error!r}')
    rounds += 1
lines = [int(line) for line in open('log')]
assert lines == list(range(rounds)), 'an append was lost or came twice'
assert rounds > 50, f'only {rounds} rounds'
print('\\n'.join(failed))
`;

describeMount('the death of the engine', () => {
  it('fails no call of a client and applies no write twice', async () => {
    await mountTeam();
    const client = daemon.python(mountpoint, busyClient, { limit: 60_000 });
    for (let kills = 0; kills < 5; kills++) await killEngine(daemon);
    await daemon.shell(mountpoint, 'touch stop');
    expect((await client).trim()).toBe('');
    const report = JSON.parse(await daemon.expect('verify', 'team', '--json')) as { ok: boolean };
    expect(report.ok).toBe(true);
    expect((await mounts())[0]).toMatchObject({ state: 'mounted', guarantee: 'resend', connection: 1 });
  });

  it('ends calls with an error and mounts again where the kernel repeats nothing', async () => {
    const env = { ...process.env, MEMFSD_TEST_NO_RESEND: '1' };
    expect((await daemon.run(['store', 'create', 'team'], { env })).status).toBe(0);
    mountpoint = await daemon.mount('team');
    expect((await mounts())[0]).toMatchObject({ guarantee: 'abort' });
    await daemon.shell(mountpoint, 'echo kept > a');
    const { engine } = await statusOf(daemon);
    process.kill(engine.pid, 'SIGSTOP');
    const waiting = inDirectory(mountpoint, 'cat a', { limit: 30_000 });
    process.kill(engine.pid, 'SIGKILL');
    await waiting;
    await until('the mount', 20_000, async () => {
      const { stdout } = await runChild('cat', [join(mountpoint, 'a')], { limit: 20_000 });
      return stdout === 'kept\n';
    });
    expect((await mounts())[0]).toMatchObject({ state: 'mounted', connection: 2 });
  });
});

describeMount('the death of the keeper', () => {
  it.each([
    ['the keeper alone', async () => process.kill((await statusOf(daemon)).keeper.pid, 'SIGKILL')],
    ['both', () => killBoth(daemon)],
  ])('(%s) loses nothing that close acknowledged, and the next start mounts again', async (_, kill) => {
    await mountTeam('--agent', 'a1');
    await daemon.shell(mountpoint, 'echo kept > a; mkdir d; echo two >> a');
    // Attributes that the kernel may cache: then a dead mount does not look dead to stat(2).
    await daemon.shell(mountpoint, 'stat . > /dev/null; stat . > /dev/null');
    await kill();
    await until('the dead mount', 20_000, async () => {
      const { stderr } = await runChild('ls', [mountpoint], { limit: 20_000 });
      return stderr.includes('Transport endpoint is not connected');
    });
    await daemon.expect('start');
    expect(await daemon.shell(mountpoint, 'cat a; ls')).toBe('kept\ntwo\na\nd\n');
    const stacked = readMountInfo().filter(({ path }) => path === mountpoint);
    expect(stacked).toHaveLength(1);
    expect((await mounts())[0]).toMatchObject({ path: mountpoint, agent: 'a1', state: 'mounted' });
  });
});

describeMount('stop', () => {
  it('unmounts also what is in use, and forgets it', async () => {
    await mountTeam();
    const user = inDirectory(mountpoint, 'echo kept > a; exec 3< a; touch ready; sleep 3', { limit: 20_000 });
    await until('the open file', 20_000, async () =>
      (await runChild('ls', [mountpoint])).stdout.includes('ready'),
    );
    await daemon.expect('stop');
    expect(isMounted(mountpoint)).toBe(false);
    await user;
    expect(await daemon.expect('show', 'team', 'a')).toBe('kept\n');
    expect(await mounts()).toEqual([]);
  });
});

describeMount('unmount', () => {
  const go = () => join(daemon.base, 'go');
  const untilGo = () => `until [ -e '${go()}' ]; do sleep 0.1; done`;

  it('is refused while files are open, and works afterwards', async () => {
    await mountTeam();
    const user = inDirectory(mountpoint, `touch ready; ${untilGo()}`, { limit: 60_000 });
    await until('the user', 20_000, async () =>
      (await runChild('ls', [mountpoint])).stdout.includes('ready'),
    );
    const refused = await daemon.run(['unmount', mountpoint, '--json']);
    expect(refused.status).toBe(4);
    expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'busy' } });
    writeFileSync(go(), '');
    await user;
    await daemon.expect('unmount', mountpoint);
    expect(isMounted(mountpoint)).toBe(false);
    expect((await daemon.run(['unmount', mountpoint])).status).toBe(3);
  });

  it('may be lazy: who has files open goes on, and the place is free', async () => {
    await mountTeam();
    const script = `exec 3> kept.md; touch ready; ${untilGo()}; echo text >&3`;
    const user = inDirectory(mountpoint, script, { limit: 60_000 });
    await until('the user', 20_000, async () =>
      (await runChild('ls', [mountpoint])).stdout.includes('ready'),
    );
    const reply = JSON.parse(await daemon.expect('unmount', mountpoint, '--lazy', '--json')) as object;
    expect(reply).toMatchObject({ unmounted: mountpoint, detached: true });
    expect(isMounted(mountpoint)).toBe(false);
    await daemon.expect('mount', 'team', mountpoint);
    writeFileSync(go(), '');
    expect((await user).status).toBe(0);
    expect(await daemon.expect('show', 'team', 'kept.md')).toBe('text\n');
    expect(isMounted(mountpoint)).toBe(true);
  });

  it('asked for twice at once is done once', async () => {
    await mountTeam();
    const client = controlClient(daemon.data);
    const replies = await Promise.all([
      client.mounts.unmount({ path: mountpoint, lazy: true }),
      client.mounts.unmount({ path: mountpoint }),
    ]);
    expect(replies).toMatchObject([{ detached: false }, { detached: false }]);
  });

  it('by other means is noticed', async () => {
    await mountTeam();
    await promisify(execFile)(process.getuid?.() === 0 ? 'umount' : 'fusermount3', [
      ...(process.getuid?.() === 0 ? [] : ['-u']),
      mountpoint,
    ]);
    await until('the end of the mount', 20_000, async () => (await mounts()).length === 0);
    await daemon.expect('mount', 'team', mountpoint);
  });
});

describeMount('a mountpoint', () => {
  it('that memfsd makes is 0555 underneath', async () => {
    await mountTeam();
    const made = join(daemon.base, 'made');
    await daemon.expect('mount', 'team', made);
    await daemon.shell(made, 'echo x > a');
    await daemon.expect('unmount', made);
    expect(statSync(made).mode & 0o777).toBe(0o555);
  });

  it.each<[string, number, string, () => string]>([
    ['mounted already', 4, 'busy', () => mountpoint],
    ['inside another mount', 6, 'invalid', () => join(mountpoint, 'below')],
    ['inside another mount and there', 6, 'invalid', () => join(mountpoint, 'd')],
    ['not empty', 4, 'not_empty', () => join(daemon.base, 'full')],
    ['a file', 6, 'not_a_directory', () => join(daemon.base, 'full', 'stray')],
    ['without a parent', 3, 'not_found', () => join(daemon.base, 'no', 'where')],
  ])('%s is refused with %d', async (_, exit, code, target) => {
    await mountTeam();
    await daemon.shell(mountpoint, 'mkdir d');
    mkdirSync(join(daemon.base, 'full'));
    writeFileSync(join(daemon.base, 'full', 'stray'), '');
    const { status, stderr } = await daemon.run(['mount', 'team', target(), '--json']);
    expect([status, JSON.parse(stderr).error.code]).toEqual([exit, code]);
    expect(await mounts()).toHaveLength(1);
  });

  it('for an unknown store is refused with 3, and not left behind', async () => {
    const target = join(daemon.base, 'made');
    const { status } = await daemon.run(['mount', 'nothing', target]);
    expect(status).toBe(3);
    expect(statSync(target, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describeMount('the command line', () => {
  it('takes paths inside a mount', async () => {
    await mountTeam('--agent', 'a1');
    await daemon.shell(mountpoint, 'mkdir d; echo one > d/notes.md; echo two >> d/notes.md');
    const inside = async (line: string): Promise<string> =>
      (
        await inDirectory(join(mountpoint, 'd'), `"$NODE" "$MEMFSD" ${line} --data "$DATA"`, {
          env: { ...process.env, NODE: process.execPath, MEMFSD: executable, DATA: daemon.data },
        })
      ).stdout;
    const log = (await inside('log ./notes.md --json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(log.map(({ operation, agent }) => `${operation} by ${agent}`)).toEqual(
      expect.arrayContaining(['created by a1', 'modified by a1']),
    );
    expect(await inside('show notes.md')).toBe('one\ntwo\n');
    expect(await inside('diff ./notes.md')).toContain('\n+two\n');
    expect((await daemon.run(['diff', join(mountpoint, 'd', 'notes.md'), '--exit-code'])).status).toBe(10);
    const before = log.at(-2).version as string;
    await inside(`restore notes.md --version ${before}`);
    expect(await daemon.shell(mountpoint, 'cat d/notes.md')).toBe('one\n');
    const gone = await daemon.run(['show', 'team', '/d/nothing']);
    expect(gone.status).toBe(3);
  });

  it('writes only over the content that was expected', async () => {
    await mountTeam();
    const write = (input: string, ...options: string[]) =>
      daemon.run(['write', 'team', 'a', '--json', ...options], { input });
    const first = JSON.parse((await write('one')).stdout) as { sha256: string };
    expect((await write('two', '--if-match', first.sha256)).status).toBe(0);
    expect((await write('three', '--if-match', first.sha256)).status).toBe(4);
    expect(await daemon.shell(mountpoint, 'cat a')).toBe('two');
  });

  it('ends quietly when its reader does', async () => {
    await mountTeam();
    await daemon.shell(mountpoint, 'for i in $(seq 50); do echo $i > f$i; done');
    const { status, stdout, stderr } = await runChild(
      'bash',
      [
        '-c',
        'set -o pipefail; "$0" "$1" log team --json --data "$2" | head -1',
        process.execPath,
        executable,
        daemon.data,
      ],
      { limit: 20_000 },
    );
    expect([status, stdout.split('\n').length, stderr]).toEqual([0, 2, '']);
  });

  it('brings a directory in and out again', async () => {
    await mountTeam();
    const source = join(daemon.base, 'source');
    mkdirSync(source);
    await daemon.shell(
      source,
      'mkdir d; echo a > d/a; ln d/a b; ln -s d/a s; chmod 600 d/a; head -c 3000000 /dev/urandom > big',
    );
    const result = JSON.parse(await daemon.expect('store', 'import', 'team', source, '--json')) as object;
    expect(result).toEqual({
      files: 2,
      directories: 1,
      symlinks: 1,
      links: 1,
      bytes: 3_000_002,
      skipped: [],
    });
    const compare = (other: string) => runChild('diff', ['-r', '--no-dereference', source, other]);
    expect(await compare(mountpoint)).toMatchObject({ status: 0 });
    const target = join(daemon.base, 'target');
    await daemon.expect('store', 'export', 'team', target);
    expect(await compare(target)).toMatchObject({ status: 0 });
    expect(statSync(join(target, 'b'))).toMatchObject({ nlink: 2, mode: 0o100600 });
  });

  it('tells an agent about its memory', async () => {
    await mountTeam('--read-only');
    const text = await daemon.expect('prompt', mountpoint);
    expect(text).toContain(mountpoint);
    expect(text).toContain('What the team knows');
    expect(text.split(/\s+/).length).toBeLessThan(150);
  });
});
