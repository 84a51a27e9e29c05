/** `memfsd run`: a command as a session, with its stores mounted for it. */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useRuns } from './run-support/runs.js';
import { describeMount } from './support/mount-tier.js';

describeMount('a run', () => {
  const runs = useRuns();
  const { daemon } = runs;
  const shell = (script: string, ...options: string[]) =>
    runs.run(['--store', 'notes', ...options, '--', 'sh', '-c', script]);

  test.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('passes on how its command ended: %s', async (script, status) => {
    expect(await shell(script)).toEqual({ status, stdout: '', stderr: '' });
    runs.expectNothingLeft();
  });

  test.each([
    [['nowhere/nothing'], 127, 'no such command'],
    [['no-such-command'], 127, 'no such command'],
    [['/etc/passwd'], 126, 'may not be executed'],
    [['/'], 126, 'may not be executed'],
  ])('says as shells do that there is no such program: %j', async (command, status, message) => {
    const result = await runs.run(['--store', 'notes', '--', ...command]);
    expect(result).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(message) });
    const json = await runs.run(['--store', 'notes', '--json', '--', ...command]);
    expect(json.status).toBe(status);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { message: expect.stringContaining(message) } });
    runs.expectNothingLeft();
  });

  test.each([
    [['--store', 'none', '--', 'true'], 3, 'there is no store "none"'],
    [['--', 'true'], 2, '--store is missing'],
    [['--store', 'notes'], 2, "missing required argument 'COMMAND'"],
    [['--store', ':ro', '--', 'true'], 2, 'names no store'],
    [['--store', 'notes', '--store', 'notes:ro', '--', 'true'], 2, 'given twice'],
    [['--store', 'notes', '--allow', '**=maybe', '--', 'true'], 6, '**=maybe'],
    [['--store', 'notes', '--bind', '/opt', '--', 'true'], 2, 'belong to --isolate'],
    [['--store', 'notes', '--mount', 'not/there', '--', 'true'], 3, 'no such file or directory'],
  ])('that cannot begin has an exit code of memfsd: %j', async (args, status, message) => {
    const result = await runs.run(args);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ status, stdout: '' });
    runs.expectNothingLeft();
  });

  test('begins nothing where its place is taken', async () => {
    const place = path.join(runs.work, 'taken');
    mkdirSync(place);
    writeFileSync(path.join(place, 'mine.txt'), 'kept');
    const result = await shell('touch began', '--mount', 'taken');
    expect(result).toMatchObject({ status: 4, stderr: expect.stringContaining('mine.txt') });
    expect(existsSync(path.join(runs.work, 'began'))).toBe(false);
    expect(readdirSync(place)).toEqual(['mine.txt']);
    await rm(place, { recursive: true });
  });

  test('tells its command where it is and who it is', async () => {
    const script =
      'echo $MEMFSD_SESSION/$MEMFSD_AGENT/$MEMFSD_HOME; echo "$MEMFSD_MOUNT"; echo "$MEMFSD_MOUNT_NOTES"';
    const { stdout } = await shell(script, '--session', 'sam', '--agent', 'ada');
    const [who, mount, notes] = stdout.split('\n');
    expect(who).toBe(`sam/ada/${daemon.data}`);
    expect(mount).toBe(notes);
    expect(mount).toMatch(/^\/.*\/notes$/);
  });

  test('mounts each store as it was asked to, side by side', async () => {
    const script = `
      echo text > "$MEMFSD_MOUNT/team notes/a.md"
      echo text > "$MEMFSD_MOUNT_TEAM_NOTES/b.md"
      echo text > "$MEMFSD_MOUNT/notes/a.md" && exit 1
      ls -A "$MEMFSD_MOUNT"; ls "$MEMFSD_MOUNT/team notes"`;
    const stores = ['--store', 'notes:ro', '--store', 'team notes:rw'];
    for (const place of [[], ['--mount', 'several']]) {
      const result = await runs.run([...stores, ...place, '--', 'sh', '-c', script]);
      expect(result).toMatchObject({ status: 0, stdout: 'notes\nteam notes\na.md\nb.md\n' });
      expect(result.stderr).toContain('Read-only file system');
      runs.expectNothingLeft();
    }
    expect(existsSync(path.join(runs.work, 'several'))).toBe(false);
  });

  test('holds its command to the rules that it was given', async () => {
    await shell('mkdir $MEMFSD_MOUNT/open $MEMFSD_MOUNT/shut; echo 1 > $MEMFSD_MOUNT/shut/s.md');
    const { stdout } = await shell(
      'ls $MEMFSD_MOUNT; echo 1 > $MEMFSD_MOUNT/open/o.md; cat $MEMFSD_MOUNT/shut/s.md',
      '--allow',
      'open/**=rw',
    );
    expect(stdout).toBe('open\n');
  });

  test.each(['-dash first', 'it\'s $HOME `x` \\ "q"', 'tab-less: a:ro', 'ノート', 'x'.repeat(255)])(
    'takes a store of any name: %s',
    async (name) => {
      const create = [...runs.memfsd, 'store', 'create', '--', name];
      expect((await runs.inWork('exec "$@"', create)).status).toBe(0);
      const args = [
        '--store',
        `${name}:rw`,
        '--',
        'sh',
        '-c',
        'echo 1 > "$MEMFSD_MOUNT/f"; basename "$MEMFSD_MOUNT"',
      ];
      expect(await runs.run(args)).toEqual({ status: 0, stdout: `${name}\n`, stderr: '' });
      runs.expectNothingLeft();
    },
  );

  test('uses a directory that is there, and leaves it', async () => {
    const place = path.join(runs.work, 'place');
    mkdirSync(place);
    const { stdout } = await shell('echo $MEMFSD_MOUNT; echo 1 > place/in-memory.md', '--mount', 'place');
    expect(stdout).toBe(`${place}\n`);
    expect(readdirSync(place)).toEqual([]);
    expect(await daemon.expect('show', 'notes', 'in-memory.md')).toBe('1\n');
  });

  test('leaves the arguments of its command alone', async () => {
    const args = ['--json', '--desc', '--store', 'x', '--', '', ' a  b ', '-V', '--help', '"', 'é'];
    const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const plain = await runs.run(['--store', 'notes', '--', process.execPath, '-e', print, '--', ...args]);
    expect(JSON.parse(plain.stdout)).toEqual(args);
    const without = await runs.run(['--store', 'notes', 'sh', '-c', 'echo "$@"', 'sh', '--json', '-x']);
    expect(without.stdout).toBe('--json -x\n');
  });

  test('passes bytes through, and says nothing itself', async () => {
    const said = await shell('echo out; echo err >&2');
    expect(said).toEqual({ status: 0, stdout: 'out\n', stderr: 'err\n' });
    const script =
      'head -c 20000000 /dev/urandom > in; "$@" < in > out; cmp in out && wc -c < out; rm in out';
    const cat = [...runs.memfsd, 'run', '--store', 'notes', '--', 'cat'];
    expect(await runs.inWork(script, cat)).toEqual({ status: 0, stdout: '20000000\n', stderr: '' });
  });

  test('leaves standard streams as blocking as they were', async () => {
    const flags = 'grep flags /proc/self/fdinfo/0; cat';
    const { stdout } = await runs.run(['--store', 'notes', '--', 'sh', '-c', flags], { input: 'text' });
    const [, mode, rest] = /^flags:\s+(\d+)\n([\s\S]*)$/.exec(stdout)!;
    // O_NONBLOCK
    expect(Number.parseInt(mode!, 8) & 0o4000).toBe(0);
    expect(rest).toBe('text');
  });

  test('is a session that ends with it', async () => {
    const list = [...runs.memfsd, 'session', 'list', '--live', '--json'];
    const options = ['--store', 'notes', '--session', 'live', '--agent', 'ada'];
    const { stdout } = await runs.run([...options, '--', 'sh', '-c', '"$@"; exit', 'sh', ...list]);
    expect(JSON.parse(stdout)).toMatchObject({
      sessions: [
        { id: 'live', agent: 'ada', origin: 'run', ended_at: null, processes: [{ tree: true }, {}] },
      ],
    });
    const after = JSON.parse(await daemon.expect('session', 'list', '--live', '--json')) as {
      sessions: { id: string }[];
    };
    expect(after.sessions.map(({ id }) => id)).not.toContain('live');
  });

  test('makes what its command does that session’s, whatever that says of itself', async () => {
    const script =
      'cd $MEMFSD_MOUNT; echo 1 > plain.md; env -i MEMFSD_SESSION=other sh -c "echo 1 > lying.md"; env -i sh -c "echo 1 > silent.md"';
    await shell(script, '--session', 'held', '--agent', 'ada');
    for (const name of ['plain', 'lying', 'silent']) {
      const [record] = (await daemon.expect('log', 'notes', `${name}.md`, '--json')).split('\n');
      expect(JSON.parse(record!), name).toMatchObject({ session: 'held', agent: 'ada', claimed: false });
    }
  });

  test('holds the commands that are run in it to its scope', async () => {
    await daemon.expect('store', 'create', 'other');
    const script = `
      "$@" show notes shut/s.md; echo $?; "$@" log other; echo $?; "$@" stop; echo $?
      env -u MEMFSD_SESSION "$@" log other; echo $?
      "$@" run --store other -- true; echo $?; "$@" run --store notes --session x -- true; echo $?
      "$@" run --store notes --allow 'open/**=rw' -- sh -c 'echo $MEMFSD_SESSION; ls $MEMFSD_MOUNT'; echo $?
      "$@" show notes open/o.md; echo $?`;
    const { stdout } = await runs.run([
      ...['--store', 'notes', '--session', 'small', '--allow', 'open/**=rw'],
      ...['--', 'sh', '-c', script, 'sh', ...runs.memfsd],
    ]);
    expect(stdout.split('\n')).toEqual(['3', '3', '5', '3', '3', '5', 'small', 'open', '0', '1', '0', '']);
    runs.expectNothingLeft();
  });

  test('is refused the name of a session that has processes', async () => {
    const options = ['--store', 'notes', '--session', 'twice'];
    const first = await runs.begin([...options, '--', 'sh', '-c', 'echo begun; cat']);
    const second = await runs.run([...options, '--', 'echo', 'begun']);
    expect(second).toMatchObject({ status: 4, stdout: '', stderr: expect.stringContaining('"twice"') });
    first.input.end();
    expect(await first.ended).toBe(0);
    expect(await runs.run([...options, '--', 'echo', 'begun'])).toMatchObject({
      status: 0,
      stdout: 'begun\n',
    });
  });

  test('leaves a directory alone that its command put something into', async () => {
    const { status } = await runs.run([
      ...['--store', 'notes', '--store', 'team notes', '--mount', 'mixed', '--', 'touch', 'mixed/own.txt'],
    ]);
    expect(status).toBe(0);
    expect(readdirSync(path.join(runs.work, 'mixed'))).toEqual(['own.txt']);
    await rm(path.join(runs.work, 'mixed'), { recursive: true });
  });

  test('begins in a directory that nothing may be written into', async () => {
    const closed = path.join(runs.work, 'closed');
    await mkdir(closed);
    chmodSync(closed, 0o555);
    const { status } = await runs.run(['--store', 'notes', '--', 'sh', '-c', 'cd closed && pwd']);
    expect(status).toBe(0);
    await rm(closed, { recursive: true });
  });
});
