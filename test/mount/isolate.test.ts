/** What a command sees and may do behind the wall of `memfsd run --isolate`. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useRuns } from './run-support/runs.js';
import { onTerminal } from './run-support/terminal.js';
import type { ChildResult } from './support/child.js';
import { describeMount } from './support/mount-tier.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const isolated = ['--isolate', '--store', 'notes'];
const isRoot = process.getuid?.() === 0;
const { HOME: home = '' } = process.env;

describeMount('behind the wall of a run', () => {
  const runs = useRuns();
  const { daemon } = runs;
  const shell = (script: string, ...options: string[]): Promise<ChildResult> =>
    runs.run([...isolated, ...options, '--', 'bash', '-c', script]);

  test('there are memory, the working directory and a home of its own', async () => {
    const script = `
      echo from inside > "$MEMFSD_MOUNT/a.md"; echo from inside > here.txt; pwd
      ls -A ~; mkdir ~/cache; echo x > ~/cache/file; chmod 0555 ~/cache; echo $HOME
      ls /; ls -A /tmp | grep -v memfsd-test; ls -A /run`;
    const { status, stdout, stderr } = await shell(script);
    expect([status, stderr]).toEqual([0, '']);
    const [pwd, its, ...root] = stdout.trim().split('\n');
    expect(pwd).toBe(runs.work);
    expect(its).toBe(home);
    expect(root.filter((name) => ['boot', 'home', 'mnt', 'srv', 'sys', 'lost+found'].includes(name))).toEqual(
      home.startsWith('/home/') ? ['home'] : [],
    );
    expect(root.at(-1)).toBe('memfsd');
    expect(await daemon.expect('show', 'notes', 'a.md')).toBe('from inside\n');
    expect(readFileSync(path.join(runs.work, 'here.txt'), 'utf8')).toBe('from inside\n');
    runs.expectNothingLeft();
  });

  test('a file that is a standard descriptor is used as that one allows', async () => {
    const file = path.join(daemon.base, 'outside.txt');
    const behind = (script: string, redirection: string): Promise<ChildResult> =>
      runs.inWork(`exec "$@" ${redirection}`, [
        ...[...runs.memfsd, 'run', ...isolated, '--', 'bash', '-c', script],
      ]);
    writeFileSync(file, 'one\ntwo\n');
    const input =
      'read line; echo $line; cat /dev/stdin; (echo x >> /proc/self/fd/0) || truncate -s 0 /dev/stdin';
    expect(await behind(input, `< ${file}`)).toMatchObject({ stdout: 'one\none\ntwo\n', status: 1 });
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
    const appended =
      'echo three; (cat < /proc/self/fd/1) >&2; (echo x > /dev/stdout); mkdir -p d e; touch d/f; mv d/f e';
    expect((await behind(appended, `>> ${file}`)).stderr).not.toMatch(/one/);
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\n');
    await behind('echo four > /dev/stdout; cat /proc/self/fd/1 >&2', `> ${file}`);
    expect(readFileSync(file, 'utf8')).toBe('four\n');
    expect(await behind('echo x > /dev/stdout; cat /dev/stdin', '< /dev/null | cat')).toMatchObject({
      stdout: 'x\n',
      status: 0,
    });
  });

  test('there are no rights to gain', async () => {
    const { stdout } = await shell('grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status');
    const facts = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(':\t')),
    );
    expect(facts).toEqual({
      ...Object.fromEntries(
        ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => [`Cap${set}`, '0000000000000000']),
      ),
      NoNewPrivs: '1',
      Seccomp: '2',
    });
  });

  test('there are only its own processes', async () => {
    const { stdout } = await shell(
      'ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm; ls /proc/1/cwd 2>&1 | wc -w',
    );
    const [count, first] = stdout.split('\n');
    expect(Number(count)).toBeLessThan(6);
    expect(first).toBe('starter');
  });

  test('the environment says nothing of the data directory', async () => {
    const env = { ...runs.environment, SOMEWHERE: `x:${daemon.data}/y`, KEPT: 'kept' };
    const { stdout } = await runs.run([...isolated, '--', 'env'], { env });
    expect(stdout).toContain('KEPT=kept');
    expect(stdout).toContain('MEMFSD_MOUNT=');
    expect(stdout).not.toContain(daemon.data);
  });

  test('everything is of the session, whatever it says of itself', async () => {
    const script = `cd "$MEMFSD_MOUNT"; echo 1 > x.md
      env -i MEMFSD_SESSION=other MEMFSD_AGENT=eve sh -c "echo 1 > y.md"; env -i setsid -w sh -c "(echo 1 > z.md)"`;
    await shell(script, '--session', 'walled', '--agent', 'ada');
    for (const name of ['x.md', 'y.md', 'z.md']) {
      const [record] = (await daemon.expect('log', 'notes', name, '--json')).split('\n');
      expect(JSON.parse(record!), name).toMatchObject({ session: 'walled', agent: 'ada', claimed: false });
    }
  });

  test('the daemon is not to be reached, and commands say so', async () => {
    const { status, stderr } = await runs.run([
      ...[...isolated, '--bind', `${repository}:ro`, '--', process.execPath],
      ...[...runs.memfsd.slice(1), 'log', 'notes'],
    ]);
    expect([status, stderr]).toEqual([8, expect.stringContaining('from behind the wall')]);
  });

  test.each([
    ['no-such-command', 127],
    ['/etc/passwd', 126],
  ])('a command that cannot be executed is told from one that fails: %s', async (command, status) => {
    const result = await runs.run([...isolated, '--', command]);
    expect(result).toMatchObject({ status, stderr: expect.stringContaining('--bind') });
    runs.expectNothingLeft();
  });

  test('what is passed on is seen where and how it was asked for', async () => {
    const around = path.join(daemon.base, 'around');
    mkdirSync(path.join(around, 'with:colon'), { recursive: true });
    writeFileSync(path.join(around, 'file'), 'text');
    symlinkSync(around, path.join(daemon.base, 'link'));
    const script = `cat ${around}/file /elsewhere/file '${around}/with:colon/../file' ${daemon.base}/link/file
      echo changed > ${around}/file && exit 1; echo changed > /elsewhere/file; cat ${around}/file`;
    const { stdout } = await shell(
      script,
      ...['--bind', `${around}:ro`, '--bind', `${around}:/elsewhere`],
      ...['--bind', `${around}/with:colon`, '--bind', `${daemon.base}/link:ro`],
    );
    expect(stdout).toBe('texttexttexttextchanged\n');
    rmSync(path.join(daemon.base, 'link'));
    rmSync(around, { recursive: true });
  });

  test('the working directory can be read-only', async () => {
    const { stdout } = await shell('touch new 2>/dev/null || echo refused', '--bind', `${runs.work}:ro`);
    expect(stdout).toBe('refused\n');
  });

  describe('is not built', () => {
    let mounted = '';
    const at = (name: string): string => path.join(daemon.base, name);

    beforeAll(async () => {
      mounted = await daemon.mount('team notes');
      symlinkSync(daemon.data, at('to-data'));
    });
    afterAll(() => daemon.expect('unmount', mounted));

    test.each([
      ['DATA', 'leads to the data directory'],
      ['BASE', 'leads to the data directory'],
      ['BASE/to-data', 'leads to the data directory'],
      ['MOUNT', 'a mount of memfsd'],
      ['/proc', 'made anew'],
      ['BASE/none', 'does not exist'],
    ])('when this is passed on: %s', async (text, message) => {
      const bind = text.replace('DATA', daemon.data).replace('MOUNT', mounted).replace('BASE', daemon.base);
      const result = await runs.run([...isolated, '--bind', bind, '--', 'touch', 'begun']);
      expect(result.stderr).toContain(message);
      expect([2, 3, 5, 6]).toContain(result.status);
      runs.expectNothingLeft([mounted]);
    });

    test.runIf(isRoot)('when the data directory is mounted below what is passed on', async () => {
      const alias = path.join(at('alias'), 'deep');
      mkdirSync(alias, { recursive: true });
      const script =
        'source=$1 place=$2; shift 2; mount --bind "$source" "$place"; trap \'umount "$place"\' EXIT; "$@"';
      const words = [...runs.memfsd, 'run', ...isolated, '--bind', at('alias'), '--', 'true'];
      const result = await runs.inWork(script, [daemon.data, alias, ...words]);
      expect(result).toMatchObject({
        status: 5,
        stderr: expect.stringContaining('leads to the data directory'),
      });
      rmSync(at('alias'), { recursive: true });
    });

    test.each([
      ['HOME', 'working directory'],
      ['DATA', 'leads to the data directory'],
      ['BASE', 'leads to the data directory'],
      ['MOUNT', 'a mount of memfsd'],
    ])('where it would show too much: in %s', async (text, message) => {
      const directory = text
        .replace('DATA', daemon.data)
        .replace('MOUNT', mounted)
        .replace('BASE', daemon.base)
        .replace('HOME', home);
      const result = await runs.inWork('cd -- "$1" && shift && exec "$@"', [
        ...[directory, ...runs.memfsd, 'run', ...isolated, '--', 'true'],
      ]);
      expect(result).toMatchObject({ status: 5, stderr: expect.stringContaining(message) });
    });

    test('from a standard stream that is a directory', async () => {
      const words = [...runs.memfsd, 'run', ...isolated, '--', 'true'];
      const result = await runs.inWork('exec "$@" < /', words);
      expect(result).toMatchObject({ status: 6, stderr: expect.stringContaining('is a directory') });
    });

    test('without bubblewrap', async () => {
      const words = [...runs.memfsd, 'run', ...isolated, '--', '/bin/true'];
      const result = await runs.inWork('PATH=/nowhere exec "$@"', words);
      expect(result).toMatchObject({ status: 8, stderr: expect.stringContaining('install bubblewrap') });
      runs.expectNothingLeft([mounted]);
    });
  });

  describe('the network', () => {
    let server: Server;
    let port = 0;
    beforeAll(async () => {
      server = createServer((client) => client.end('hello'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as { port: number }).port;
    });
    afterAll(() => void server.close());

    test('is there, unless it is not wanted', async () => {
      const ask = `cat < /dev/tcp/127.0.0.1/${port}`;
      expect(await shell(ask)).toMatchObject({ status: 0, stdout: 'hello' });
      expect(await shell(ask, '--no-network')).toMatchObject({ status: 1, stdout: '' });
    });
  });

  test('nothing can be typed on behalf of its user', async () => {
    const inject = `
import ctypes, fcntl, sys, termios
libc = ctypes.CDLL(None, use_errno=True)
# The kernel looks at the lower half of the request.
for request in (termios.TIOCSTI, termios.TIOCSTI | 1 << 32, 0x541C):
    got = libc.syscall(16, 0, ctypes.c_ulong(request), b"\\x0a")
    print("ioctl", got, ctypes.get_errno(), flush=True)
`;
    const program = path.join(runs.work, 'inject.py');
    writeFileSync(program, inject);
    const command = ['/usr/bin/python3', program];
    const { output } = await onTerminal(runs, [...runs.memfsd, 'run', ...isolated, '--', ...command], []);
    // EPERM
    expect(output.match(/ioctl .*/g)?.map((line) => line.trim())).toEqual(Array(3).fill('ioctl -1 1'));
    const open = await onTerminal(runs, [...runs.memfsd, 'run', '--store', 'notes', '--', ...command], []);
    const legacy = readFileSync('/proc/sys/dev/tty/legacy_tiocsti', 'utf8').trim() === '1';
    if (legacy) expect(open.output).toContain('ioctl 0');
    rmSync(program);
  });

  test.runIf(isRoot)('memory of others that is mounted meanwhile does not come in', async () => {
    const list = 'echo begun; read -r x; ls later; read -r x';
    const inside = async (...wall: string[]): Promise<string> => {
      const run = await runs.begin([...wall, '--store', 'notes', '--', 'bash', '-c', list]);
      const later = path.join(runs.work, 'later');
      await daemon.expect('mount', 'team notes', later);
      run.input.end('\n\n');
      await run.ended;
      await daemon.expect('unmount', later);
      return run.output();
    };
    await daemon.expect('mount', 'team notes', path.join(runs.work, 'first'));
    await daemon.shell(path.join(runs.work, 'first'), 'echo 1 > of-others.md');
    await daemon.expect('unmount', path.join(runs.work, 'first'));
    // As systemd makes all of them: what is mounted below it appears in its copies, too.
    await runs.inWork('mount --bind "$PWD" "$PWD" && mount --make-shared "$PWD"', []);
    try {
      mkdirSync(path.join(runs.work, 'later'));
      expect(await inside()).toContain('of-others.md');
      expect(await inside('--isolate')).toBe('begun\n');
    } finally {
      await runs.inWork('cd / && umount "$1"', [runs.work]);
      rmSync(path.join(runs.work, 'later'), { recursive: true });
    }
  });
});
