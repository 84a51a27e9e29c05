import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openStore } from '../../src/vfs/store/open-store.js';
import { killBoth, killEngine, statusOf, until } from './daemon-support/processes.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const dreamer = { agent: 'dream', session: 'sesn_dream' };
const options = { maxFileBytes: 1 << 30, unversioned: ['*.swp', '*~', 'sed??????'] };

describeMount('a branch beside main', () => {
  const daemon = usePrivateDaemon();
  let main: string;
  let branch: string;

  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await daemon.expect(...args, '--json')) as T;
  const lines = async (...args: string[]): Promise<{ branch: string; path: string; operation: string }[]> =>
    (await daemon.expect('log', ...args, '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  beforeAll(async () => {
    const { id } = await json<{ id: string }>('store', 'create', 'notes');
    const source = path.join(daemon.base, 'source');
    mkdirSync(source);
    await daemon.shell(
      source,
      'mkdir d; for n in $(seq 50); do echo "line $n" >> a.md; done; echo two > d/b.md; echo old > gone.md; echo v1 > vim.md',
    );
    await daemon.expect('store', 'import', 'notes', source);
    await daemon.expect('stop');
    // Nothing but a dream makes branches: here it is done beside the daemon.
    const store = openStore(path.join(daemon.data, 'stores', `${id}.db`), options);
    store.createBranch('dream-1', dreamer);
    store.close();
    main = await daemon.mount('notes', '--agent', 'worker');
    branch = await daemon.mount('notes', '--branch', 'dream-1', '--agent', 'reviewer');
  });

  test('is mounted with what main held', async () => {
    expect(await daemon.shell(daemon.base, `diff -r ${main} ${branch} && echo same`)).toBe('same\n');
    const { mounts } = await json<{ mounts: { path: string; branch: string }[] }>('mounts');
    expect(mounts.map((mount) => [mount.path, mount.branch])).toEqual([
      [main, 'main'],
      [branch, 'dream-1'],
    ]);
    expect(await daemon.shell(branch, 'cat .memfs/status.json')).toContain('"branch": "dream-1"');
    expect(await daemon.expect('store', 'show', 'notes')).toMatch(/branches +main, dream-1/);
    const nowhere = path.join(daemon.base, 'nowhere');
    const refused = await daemon.run(['mount', 'notes', nowhere, '--branch', 'dream-2']);
    expect(refused).toMatchObject({ status: 3 });
    expect(refused.stderr).toContain('it has main, dream-1');
  });

  test('is edited as a directory, and each side sees its own', async () => {
    await daemon.shell(
      branch,
      `sed -i 's/line 7$/line seven/' a.md
       rm gone.md; mkdir new; echo three > new/c.md; mv d/b.md d/moved.md
       mv vim.md vim.md~; printf 'v2\\n' > vim.md; rm vim.md~`,
    );
    await daemon.shell(main, `echo 'main goes on' >> a.md; echo main > only-main.md`);
    const differences = await daemon.shell(daemon.base, `cd ${main}; diff -r . ${branch} || true`);
    expect(differences.replaceAll(branch, 'BRANCH')).toBe(
      `diff -r ./a.md BRANCH/a.md
7c7
< line 7
---
> line seven
51d50
< main goes on
Only in ./d: b.md
Only in BRANCH/d: moved.md
Only in .: gone.md
Only in BRANCH: new
Only in .: only-main.md
diff -r ./vim.md BRANCH/vim.md
1c1
< v1
---
> v2
`,
    );
    const own = await lines('notes', '--branch', 'dream-1', 'vim.md');
    expect(own.map((record) => record.operation)).toEqual(['created', 'deleted', 'modified']);
    expect((await lines('notes', 'vim.md')).map((record) => record.operation)).toEqual(['created']);
    expect(new Set((await lines('notes')).map((record) => record.branch))).toEqual(
      new Set(['main', 'dream-1']),
    );
    expect((await lines('notes')).filter((record) => record.branch !== 'main')).toMatchObject([
      { operation: 'branched' },
    ]);
  });

  test('is looked into from outside, by name or by a path in its mount', async () => {
    expect(await daemon.expect('show', 'notes', 'new/c.md', '--branch', 'dream-1')).toBe('three\n');
    expect(await daemon.expect('show', `${branch}/vim.md`)).toBe('v2\n');
    expect(await daemon.expect('show', `${main}/vim.md`)).toBe('v1\n');
    const changes = await daemon.expect('diff', 'notes', '--branch', 'dream-1', '--json');
    const changed = changes
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { change: string; path: string })
      .map(({ change, path: at }) => `${change} ${at}`);
    expect(changed).toEqual([
      'changed /a.md',
      'removed /d/b.md',
      'added /d/moved.md',
      'removed /gone.md',
      'added /new/c.md',
      'changed /vim.md',
    ]);
    const target = path.join(daemon.base, 'exported');
    await daemon.expect('store', 'export', 'notes', target, '--branch', 'dream-1');
    expect(await daemon.shell(daemon.base, `diff -r ${target} ${branch} && echo same`)).toBe('same\n');
  });

  test('lives on when the engine is killed under its writers', async () => {
    const writer = (where: string, name: string): Promise<string> =>
      daemon.shell(
        where,
        `for n in $(seq 120); do echo "$n" >> ${name}.log; sed -i "s/^${name}.*/${name} $n/" shared.md; done; wc -l < ${name}.log; cat shared.md`,
        { limit: 60_000 },
      );
    await daemon.shell(main, 'printf "main 0\\n" > shared.md');
    await daemon.shell(branch, 'printf "branch 0\\n" > shared.md');
    const working = [writer(main, 'main'), writer(branch, 'branch')];
    await until('work on both', 20_000, async () => {
      const done = await daemon.shell(
        daemon.base,
        `{ cat ${main}/main.log ${branch}/branch.log 2>/dev/null || true; } | wc -l`,
      );
      return Number(done) > 20;
    });
    await killEngine(daemon);
    expect(await Promise.all(working)).toEqual(['120\nmain 120\n', '120\nbranch 120\n']);
    expect(await daemon.shell(main, 'ls *.log')).toBe('main.log\n');
    expect(await daemon.shell(branch, 'ls *.log')).toBe('branch.log\n');
    await daemon.expect('verify', 'notes');
  });

  test('is mounted again after the daemon was killed', async () => {
    const held = await daemon.shell(branch, 'cat vim.md shared.md');
    await killBoth(daemon);
    await daemon.expect('start');
    const { mounts } = await statusOf(daemon);
    expect(mounts.map((mount) => mount.state)).toEqual(['mounted', 'mounted']);
    expect(await daemon.shell(branch, 'cat vim.md shared.md')).toBe(held);
    expect(await daemon.shell(main, 'cat vim.md shared.md')).toBe('v1\nmain 120\n');
  });
});
