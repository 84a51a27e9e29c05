import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { LiveSession } from '../../src/api/endpoints/sessions.js';
import { executable, killBoth, killEngine, until } from './daemon-support/processes.js';
import type { ChildResult } from './support/child.js';
import { expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { isMounted, usePrivateDaemon } from './support/private-daemon.js';

const shells: Shell[] = [];
afterEach(() => {
  for (const shell of shells.splice(0)) shell.kill();
});

/** A shell that goes on, as one in which an agent works. */
class Shell {
  readonly #child;
  readonly #lines;

  constructor() {
    const { MEMFSD_SESSION: _, ...env } = process.env;
    this.#child = spawn('bash', { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#lines = createInterface(this.#child.stdout!);
    shells.push(this);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What the line printed. */
  async run(line: string): Promise<string> {
    const said: string[] = [];
    const ended = new Promise<void>((resolve) => {
      const hear = (text: string): void => {
        if (text !== 'that was all') return void said.push(text);
        this.#lines.off('line', hear);
        resolve();
      };
      this.#lines.on('line', hear);
    });
    this.#child.stdin!.write(`{ ${line}\n} 2>&1; echo that was all\n`);
    await ended;
    return said.join('\n');
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

describeMount('a session', () => {
  const daemon = usePrivateDaemon();
  let mount: string;

  beforeAll(async () => {
    await daemon.expect('store', 'create', 'team');
    mount = await daemon.mount('team', '--session', 'sesn_mount', '--agent', 'mia');
    await daemon.shell(mount, 'mkdir open hidden; echo pub > open/a.md; echo no > hidden/s.md');
  });

  const memfsd = (command: string): string =>
    `'${process.execPath}' '${executable}' ${command} --data ${daemon.data}`;

  const begin = (shell: Shell, session: string, ...more: string[]): Promise<string> =>
    daemon.expect('session', 'begin', '--pid', String(shell.pid), '--session', session, ...more);

  const within = (who: string, ...args: string[]): Promise<ChildResult> =>
    daemon.run(args, { env: { ...process.env, MEMFSD_SESSION: who } });

  const sees = async (who: string, path: string): Promise<boolean> =>
    (await within(who, 'show', 'team', path)).status === 0;

  async function whoWrote(path: string): Promise<object> {
    const log = await daemon.expect('log', 'team', path, '--json', '--reverse');
    const { agent, session, claimed } = JSON.parse(log.split('\n')[0]!) as Record<string, unknown>;
    return { agent, session, claimed };
  }

  async function live(session: string): Promise<LiveSession | undefined> {
    const { sessions } = JSON.parse(await daemon.expect('session', 'list', '--live', '--json')) as {
      sessions: LiveSession[];
    };
    return sessions.find(({ id }) => id === session);
  }

  test('that is begun for a shell has its redirections and all that it starts, whatever that says of itself', async () => {
    const shell = new Shell();
    await shell.run(`cd ${mount}; echo 1 > before`);
    expect(await begin(shell, 'sesn_shell', '--agent', 'sam')).toContain(`process ${shell.pid}`);
    const is = { agent: 'sam', session: 'sesn_shell', claimed: false };
    const lines: Record<string, string> = {
      redirected: 'echo 1 > redirected',
      started: 'cp open/a.md started',
      other: 'MEMFSD_SESSION=sesn_other MEMFSD_AGENT=ann cp open/a.md other',
      invalid: 'MEMFSD_SESSION= cp open/a.md invalid',
      threads: `MEMFSD_SESSION=sesn_x python3 -c "
import threading
t = threading.Thread(target=lambda: open('threads', 'w').write('1')); t.start(); t.join()"`,
      later: '(sleep 0.2; echo 1 > later) & wait',
      api: `echo 1 | MEMFSD_SESSION=sesn_other ${memfsd('write team api')}`,
    };
    for (const line of Object.values(lines)) await shell.run(line);
    expect(await whoWrote('before')).toMatchObject({ session: 'sesn_mount' });
    for (const path of Object.keys(lines)) expect(await whoWrote(path), path).toEqual(is);
    expect(await live('sesn_shell')).toMatchObject({
      agent: 'sam',
      origin: 'begin',
      processes: [{ pid: shell.pid, command: 'bash', tree: true }],
      mounts: [],
      last_call: expect.stringMatching(/^20/),
    });
  });

  test('has a background process whose parent has ended, over a death of the engine too', async () => {
    const shell = new Shell();
    await shell.run(`cd ${mount}`);
    await begin(shell, 'sesn_orphan');
    await expectSuccess(runChild('mkfifo', [`${daemon.base}/go`]));
    await shell.run(
      `bash -c '(read -r < ${daemon.base}/go; echo 1 > orphan) >/dev/null 2>&1 & sleep 3' < /dev/null &`,
    );
    await until(
      'a look at all processes',
      60_000,
      async () => ((await live('sesn_orphan'))?.processes.length ?? 0) >= 3,
    );
    await shell.run('kill %1; wait');
    await killEngine(daemon);
    await expectSuccess(runChild('bash', ['-c', `echo > ${daemon.base}/go`]));
    await until(
      'what it writes',
      60_000,
      async () => (await daemon.run(['show', 'team', 'orphan'])).status === 0,
    );
    expect(await whoWrote('orphan')).toMatchObject({ session: 'sesn_orphan' });
  });

  test('ends with its last process', async () => {
    const shell = new Shell();
    await begin(shell, 'sesn_short');
    await shell.end();
    await until('its end', 60_000, async () => (await live('sesn_short')) === undefined);
    const { status, stderr } = await within('sesn_short', 'session', 'begin', '--session', 'sesn_short');
    expect(status, stderr).toBe(5);
    const denied = { env: { ...process.env, MEMFSD_SESSION: 'sesn_short' } };
    await daemon.shell(
      mount,
      '! cp open/a.md short 2>/dev/null; test ! -e short; exec cat open/a.md',
      denied,
    );
  });

  test('that was ended changes nothing, in no way, until it is begun again', async () => {
    const shell = new Shell();
    await shell.run(`cd ${mount}`);
    await begin(shell, 'sesn_ended', '--agent', 'sam');
    const own = await daemon.mount('team', '--session', 'sesn_ended', '--allow', 'open/**=rw');
    await daemon.shell(own, 'echo 1 > open/own.md');
    expect(await daemon.expect('session', 'end', 'sesn_ended')).toContain('ended at');
    expect(await shell.run('echo 2 > redirected-late')).toContain('Permission denied');
    const tries =
      'for each in "echo 2 > open/own.md" "echo 2 > open/new.md" "rm open/own.md" "mv open/own.md open/x" "chmod 600 open/own.md"; do bash -c "$each" 2>/dev/null && echo "$each"; done; cat open/own.md';
    expect(await daemon.shell(own, tries)).toBe('1\n');
    const write = await daemon.run(['write', 'team', 'open/own.md'], {
      env: { ...process.env, MEMFSD_SESSION: 'sesn_ended' },
      input: '2\n',
    });
    expect(write).toMatchObject({ status: 5, stderr: expect.stringContaining('has ended') });
    expect(await sees('sesn_ended', 'open/own.md')).toBe(true);
    expect(JSON.parse(await daemon.shell(own, 'cat .memfs/status.json'))).toMatchObject({
      session_ended: true,
    });
    expect((await live('sesn_ended'))!.refusals).toBeGreaterThan(4);
    // Its processes are not the owner's, only because it has ended.
    const stop = await shell.run(memfsd('stop'));
    expect(stop).toContain('may not stop the daemon');
    await daemon.expect('session', 'begin', '--session', 'sesn_ended');
    expect(await shell.run('echo 3 > redirected-late; cat redirected-late')).toBe('3');
    await daemon.shell(own, 'echo 4 > open/own.md');
  });

  test('keeps its scope when its mount is gone, however that went', async () => {
    const mounted = async (session: string): Promise<string> => {
      const place = `${daemon.base}/of-${session}`;
      mkdirSync(place);
      await daemon.expect('mount', 'team', place, '--session', session, '--allow', 'open/**=ro');
      return place;
    };
    const isHeld = async (session: string): Promise<void> => {
      expect(await sees(session, 'open/a.md'), session).toBe(true);
      expect(await sees(session, 'hidden/s.md'), session).toBe(false);
    };
    const [own, owner, foreign, lost] = [
      await mounted('sesn_own'),
      await mounted('sesn_owner'),
      await mounted('sesn_foreign'),
      await mounted('sesn_lost'),
    ];
    expect(await within('sesn_own', 'unmount', own)).toMatchObject({ status: 0 });
    await daemon.expect('unmount', owner);
    await expectSuccess(runChild('umount', [foreign]));
    await until('the end of the mount', 20_000, () => !isMounted(foreign));
    for (const session of ['sesn_own', 'sesn_owner', 'sesn_foreign']) await isHeld(session);
    await daemon.shell(mount, 'exec cat open/a.md', {
      env: { ...process.env, MEMFSD_SESSION: 'sesn_named' },
    });
    await killBoth(daemon);
    await expectSuccess(runChild('umount', ['-l', lost]));
    rmSync(lost, { recursive: true });
    await daemon.expect('start');
    for (const session of ['sesn_own', 'sesn_owner', 'sesn_foreign', 'sesn_lost']) await isHeld(session);
    expect(await sees('sesn_named', 'hidden/s.md')).toBe(true);
    await daemon.expect('stop');
    for (const session of ['sesn_own', 'sesn_lost']) await isHeld(session);
    await daemon.expect('mount', 'team', own, '--session', 'sesn_own', '--allow', 'hidden/**=ro');
    expect(await sees('sesn_own', 'hidden/s.md')).toBe(true);
    expect(await sees('sesn_own', 'open/a.md')).toBe(false);
    await daemon.expect('unmount', own);
    expect(await sees('sesn_own', 'open/a.md')).toBe(false);
  });

  test.each([
    ['1', 6],
    ['999999999', 3],
    ['0', 2],
    ['x', 2],
  ])('is not begun for process %s', async (pid, status) => {
    expect(await daemon.run(['session', 'begin', '--pid', pid])).toMatchObject({ status });
  });
});
