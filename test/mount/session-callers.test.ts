import { beforeAll, expect, test } from 'vitest';
import { type ChildResult, expectSuccess } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const session = 'sesn_restricted';

describeMount('the command line of a process that belongs to a session', () => {
  const daemon = usePrivateDaemon();
  let free = '';
  let own = '';
  let reader = '';

  beforeAll(async () => {
    await daemon.expect('store', 'create', 'team');
    await daemon.expect('store', 'create', 'other');
    free = await daemon.mount('team', '--session', 'sesn_free');
    await daemon.shell(
      free,
      'mkdir work secret; echo one > work/a.md; echo two >> work/a.md; echo hidden > secret/s.md; echo h > secret/m.md',
    );
    own = await daemon.mount(
      'team',
      '--session',
      session,
      '--allow',
      'work/**=rw',
      '--precondition',
      'strict',
    );
    reader = await daemon.mount('team', '--session', 'sesn_reader', '--read-only');
  });

  const within = (who: string, args: readonly string[], input?: string): Promise<ChildResult> =>
    daemon.run(args, { env: { ...process.env, MEMFSD_SESSION: who }, ...(input !== undefined && { input }) });
  const inSession = (...args: string[]): Promise<ChildResult> => within(session, args);

  test('hears nothing of what is hidden', async () => {
    await daemon.shell(free, 'mv secret/m.md work/m.md; mv work/m.md secret/m.md');
    const commands = [
      ['log', 'team', '--json'],
      ['log', own, '--json'],
      ['diff', 'team', '--from', '0', '--json'],
      ['status', '--json'],
    ];
    for (const args of commands) {
      const { status, stdout } = await inSession(...args);
      expect(status, args.join(' ')).toBe(0);
      expect(stdout).not.toMatch(/secret|hidden|other/);
    }
    const { stdout } = await inSession('log', 'team', '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(lines.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
      'mkdir /work',
      'created /work/a.md',
      'modified /work/a.md',
      'renamed /work/m.md',
      'deleted /work/m.md',
    ]);
    for (const place of [free, `${free}/secret`])
      expect(await inSession('log', place)).toMatchObject({ status: 3, stdout: '' });
    expect(await inSession('show', 'team', 'secret/s.md')).toMatchObject({ status: 3 });
    expect(await inSession('show', 'team', 'nothing')).toMatchObject({ status: 3 });
    expect(await inSession('log', 'other')).toMatchObject({ status: 3 });
    expect(await inSession('blame', 'team', 'secret/s.md')).toMatchObject({ status: 3 });
    expect(await inSession('blame', 'team', 'work/a.md')).toMatchObject({ status: 0 });
    expect(await inSession('conflicts', 'other')).toMatchObject({ status: 3 });
  });

  test('exports what is granted', async () => {
    const copy = `${daemon.base}/copy`;
    expect(await inSession('store', 'export', 'team', copy)).toMatchObject({ status: 0 });
    expect(await daemon.shell(copy, 'find . -type f')).toBe('./work/a.md\n');
  });

  test('writes what is granted, and nothing else', async () => {
    const write = (path: string): Promise<ChildResult> => within(session, ['write', 'team', path], 'text\n');
    expect(await write('work/b.md')).toMatchObject({ status: 0 });
    for (const path of ['secret/s.md', 'secret/new.md', 'new.md'])
      expect(await write(path), path).toMatchObject({ status: 5 });
    expect(await within('sesn_reader', ['write', 'team', 'work/b.md'], 'x')).toMatchObject({ status: 5 });
    expect(await inSession('restore', 'team', 'work/a.md', '--version', '3')).toMatchObject({ status: 0 });
    expect(await daemon.shell(free, 'cat work/b.md secret/s.md; ls')).toBe('text\nhidden\nsecret\nwork\n');
  });

  test.each([
    [['stop']],
    [['store', 'create', 'more']],
    [['store', 'show', 'team']],
    [['verify', 'team']],
    [['redact', 'team', '3']],
    [['store', 'fork', 'team', 'mine']],
    [['store', 'delete', 'team', '--confirm', 'team']],
    [['store', 'archive', 'team']],
    [['store', 'retention', 'team', '--keep-versions', '1']],
    [['mount', 'team', 'NEW']],
    [['mount', 'team', 'NEW', '--read-only', '--precondition', 'strict']],
    [['mount', 'team', 'NEW', '--allow', '**=rw', '--precondition', 'strict']],
    [['mount', 'team', 'NEW', '--allow', 'work/**=rw']],
    [['unmount', 'FREE']],
    [['unmount', 'NEW']],
    [['mount', 'team', 'NEW', '--allow', 'work/**=rw', '--precondition', 'strict', '--allow-other']],
    [['mount', 'team', 'NEW', '--allow', 'work/**=rw', '--precondition', 'strict', '--suid-dev']],
    [['mount', 'team', 'NEW', '--allow', 'work/**=rw', '--precondition', 'strict', '--session', 'sesn_free']],
    [['session', 'begin', '--session', session]],
    [['session', 'end', 'sesn_free']],
    [['session', 'list']],
    [['dream', 'list']],
  ])('may not: %j', async (args) => {
    const places: Record<string, string> = { NEW: `${daemon.base}/new`, FREE: free };
    const { status, stderr } = await inSession(...args.map((word) => places[word] ?? word));
    expect(stderr).toContain('outside of the session');
    expect(status).toBe(5);
    expect(await daemon.shell(free, 'cat secret/s.md')).toBe('hidden\n');
  });

  test('may mount what it has again, or less, and unmount it', async () => {
    const place = `${daemon.base}/again`;
    const mount = ['mount', 'team', place, '--allow', 'work/**=ro', '--precondition', 'strict'];
    expect(await inSession(...mount)).toMatchObject({ status: 0 });
    expect(await inSession('unmount', place)).toMatchObject({ status: 0 });
  });

  test('has what its programs have worked with, and no more', async () => {
    const claims = { env: { ...process.env, MEMFSD_SESSION: 'sesn_claimed' } };
    const show = (path: string): Promise<ChildResult> => within('sesn_claimed', ['show', 'team', path]);
    expect(await show('work/a.md')).toMatchObject({ status: 3 });
    await daemon.shell(own, 'exec cat work/a.md', claims);
    expect(await show('work/a.md')).toMatchObject({ status: 0 });
    expect(await show('secret/s.md')).toMatchObject({ status: 3 });
    expect(await within('sesn_claimed', ['log', `${own}/work/a.md`])).toMatchObject({ status: 0 });
    expect(await within('sesn_claimed', ['unmount', own])).toMatchObject({ status: 5 });
  });

  test('gains nothing by working on the mount of another', async () => {
    await daemon.shell(free, 'exec cat secret/s.md', { env: { ...process.env, MEMFSD_SESSION: session } });
    expect(await inSession('show', 'team', 'secret/s.md')).toMatchObject({ status: 3 });
    await daemon.expect('store', 'import', 'other', `${own}/work`);
    const elsewhere = await daemon.mount('other', '--session', 'sesn_elsewhere');
    await daemon.shell(elsewhere, 'exec cat a.md', { env: { ...process.env, MEMFSD_SESSION: session } });
    expect(await inSession('show', 'other', 'a.md')).toMatchObject({ status: 3 });
  });

  test('of a session that nobody knows sees nothing, and is told why', async () => {
    const { status, stderr } = await within('sesn_unknown', ['show', 'team', 'work/a.md']);
    expect(status).toBe(3);
    expect(await within('sesn_unknown', ['store', 'list'])).toMatchObject({ status: 0, stdout: /no stores/ });
    expect(stderr).toContain('there is no store "team"');
  });

  test.each(['', ' ', 'a\nb'])('of a session whose name is none (%j) is refused', async (name) => {
    const { status, stderr } = await within(name, ['store', 'list']);
    expect(status).toBe(5);
    expect(stderr).toContain('unset MEMFSD_SESSION');
  });

  test('acts in its own name, whatever agent it names', async () => {
    const env = { ...process.env, MEMFSD_SESSION: session, MEMFSD_AGENT: 'ada' };
    await expectSuccess(daemon.run(['write', 'team', 'work/mine.md'], { env, input: 'mine\n' }));
    const log = await daemon.expect('log', 'team', 'work/mine.md', '--json');
    expect(JSON.parse(log)).toMatchObject({ session, agent: 'ada', claimed: true });
  });

  test('of a read-only session reads all of it', async () => {
    expect(await within('sesn_reader', ['show', 'team', 'secret/s.md'])).toMatchObject({ status: 0 });
    expect(await within('sesn_reader', ['store', 'show', 'team'])).toMatchObject({ status: 0 });
    expect(await daemon.shell(reader, 'ls')).toBe('secret\nwork\n');
  });
});
