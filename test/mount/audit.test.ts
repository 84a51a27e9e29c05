import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { inDirectory } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const secret = 'the-password-is-' + 'correct-horse';

interface Listed {
  readonly id: string;
  readonly name: string;
}

describeMount('history and audit', () => {
  const daemon = usePrivateDaemon();
  let mountpoint: string;

  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await daemon.expect(...args, '--json')) as T;
  const fails = async (...args: string[]): Promise<{ status: number | string; stderr: string }> =>
    await daemon.run(args);
  const names = async (...args: string[]): Promise<string[]> =>
    (await json<{ stores: Listed[] }>('store', 'list', ...args)).stores.map(({ name }) => name);

  /** Every file of the data directory that holds the bytes. */
  const filesWith = (bytes: string): string[] =>
    readdirSync(daemon.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => readFileSync(file).includes(bytes));

  beforeAll(async () => {
    await daemon.expect('store', 'create', 'notes');
    mountpoint = await daemon.mount('notes');
    await daemon.shell(
      mountpoint,
      `echo one > a.md; echo '${secret}' >> a.md; cp a.md b.md; echo clean > a.md; mkdir d; ln -s ../a.md d/link`,
    );
  });

  test('a redacted version leaves no byte in the data directory, nor in a snapshot', async () => {
    const refused = await fails('redact', 'notes', '3');
    expect(refused.status).toBe(4);
    expect(refused.stderr).toMatch(/b\.md has this content now/);
    await daemon.shell(mountpoint, 'echo other > b.md');
    expect(filesWith(secret)).not.toEqual([]);
    const { records } = await json<{ records: { removes: number[] }[] }>('redact', 'notes', '2');
    expect(records[0]!.removes).toEqual([2, 3]);
    expect(filesWith(secret)).toEqual([]);
    const file = path.join(daemon.base, 'notes.memfs');
    const snapshot = await json<{ bytes: number; head: number }>('store', 'snapshot', 'notes', file);
    expect(readFileSync(file).length).toBe(snapshot.bytes);
    expect(readFileSync(file).includes(secret)).toBe(false);
    expect(await fails('store', 'snapshot', 'notes', file)).toMatchObject({ status: 4 });
    const gone = await fails('show', 'notes', 'a.md', '--version', '2');
    expect(gone.status).toBe(3);
    expect(gone.stderr).toMatch(/was redacted by .* record/);
    await daemon.expect('verify', 'notes');
  });

  test('the control tree shows the version no longer', async () => {
    const listed = await daemon.shell(
      mountpoint,
      'ls .memfs/history/a.md; ls .memfs/at/2; cat .memfs/log.jsonl',
    );
    expect(listed).toMatch(/000000001-created/);
    expect(listed).not.toMatch(/000000002-modified/);
    expect(listed).toMatch(/"operation":"redacted"/);
  });

  test('a fork has the history and goes its own way', async () => {
    const fork = await json<Listed>('store', 'fork', 'notes', 'copy');
    const original = await json<{ head: number }>('store', 'show', 'notes');
    expect(await json('store', 'show', 'copy')).toMatchObject({ id: fork.id, head: original.head });
    await daemon.expect('verify', 'copy');
    const mounted = await daemon.mount('copy');
    await daemon.shell(mounted, 'test "$(cat a.md)" = clean; test "$(cat d/link)" = clean; echo mine > a.md');
    expect(await daemon.shell(mountpoint, 'cat a.md')).toBe('clean\n');
    expect(await fails('store', 'delete', 'copy', '--confirm', 'copy')).toMatchObject({ status: 4 });
    await daemon.expect('unmount', mounted);
    expect(await fails('store', 'delete', 'copy')).toMatchObject({ status: 2 });
    expect(await fails('store', 'delete', 'copy', '--confirm', 'notes')).toMatchObject({ status: 2 });
    await daemon.expect('store', 'delete', 'copy', '--confirm', 'copy');
    expect(await names()).toEqual(['notes']);
    expect(readdirSync(path.join(daemon.data, 'stores')).filter((name) => name.includes(fork.id))).toEqual(
      [],
    );
  });

  test('an archived store can be read only, and is not listed', async () => {
    expect(await fails('store', 'archive', 'notes')).toMatchObject({ status: 4 });
    await daemon.expect('unmount', mountpoint);
    await daemon.expect('store', 'archive', 'notes');
    expect([await names(), await names('--all')]).toEqual([[], ['notes']]);
    expect(await daemon.expect('show', 'notes', 'a.md')).toBe('clean\n');
    expect(await fails('write', 'notes', 'a.md')).toMatchObject({ status: 5 });
    expect(await fails('mount', 'notes', mountpoint)).toMatchObject({ status: 5 });
    await daemon.expect('store', 'archive', 'notes', '--undo');
    expect(await names()).toEqual(['notes']);
  });

  test('a snapshot is brought back after its store was deleted, under its own id', async () => {
    const { id } = await json<Listed>('store', 'show', 'notes');
    const file = path.join(daemon.base, 'notes.memfs');
    const second = await json<Listed>('store', 'import', 'second', '--snapshot', file);
    expect(second.id).not.toBe(id);
    await daemon.expect('store', 'delete', 'notes', '--confirm', 'notes');
    const back = await json<Listed>('store', 'import', 'notes', '--snapshot', file);
    expect(back.id).toBe(id);
    const mounted = await daemon.mount('notes');
    expect(await daemon.shell(mounted, 'cat a.md b.md')).toBe('clean\nother\n');
    expect(await inDirectory(mounted, 'echo on > a.md')).toMatchObject({ status: 0 });
    writeFileSync(path.join(daemon.base, 'not-a-store'), 'x'.repeat(5000));
    const refused = await fails(
      'store',
      'import',
      'third',
      '--snapshot',
      path.join(daemon.base, 'not-a-store'),
    );
    expect(refused.status).toBe(6);
    expect(readdirSync(path.join(daemon.data, 'stores')).filter((name) => name.includes('.part'))).toEqual(
      [],
    );
    expect(existsSync(path.join(daemon.data, 'stores', `${id}.db`))).toBe(true);
  });

  test('a history goes out as text and comes in as a store of its own', async () => {
    for (const name of ['history.jsonl', 'history.jsonl.gz']) {
      const file = path.join(daemon.base, name);
      await daemon.expect('store', 'export', 'notes', '--history', file);
      expect(readFileSync(file).subarray(0, 2).toString('hex') === '1f8b').toBe(name.endsWith('.gz'));
      const { id } = await json<Listed>('store', 'import', name, '--history', file);
      const [original, copy] = await Promise.all(
        ['notes', id].map(async (store) => (await daemon.expect('verify', store, '--json')).trim()),
      );
      expect(JSON.parse(copy!)).toEqual({ ...JSON.parse(original!), contents: expect.any(Number) });
      expect(await fails('store', 'import', 'notes', '--history', file)).toMatchObject({ status: 4 });
    }
    await daemon.expect('store', 'create', 'empty');
    await daemon.expect('store', 'import', 'empty', '--history', path.join(daemon.base, 'history.jsonl'));
    expect(await daemon.expect('show', 'empty', 'a.md')).toBe('on\n');
    const broken = path.join(daemon.base, 'broken.jsonl');
    writeFileSync(
      broken,
      readFileSync(path.join(daemon.base, 'history.jsonl'), 'utf8').replace('"size":', '"size":1'),
    );
    expect(await fails('store', 'import', 'fourth', '--history', broken)).toMatchObject({ status: 6 });
    expect(await fails('store', 'show', 'fourth')).toMatchObject({ status: 3 });
  });

  test('a retention policy is shown, tried, set and carried out', async () => {
    expect(await daemon.expect('store', 'retention', 'notes')).toBe('keeps everything\n');
    const tried = await json<{ pruned: { versions: number } }>(
      'store',
      'retention',
      'notes',
      '--keep-versions',
      '1',
      '--dry-run',
    );
    expect(tried).toMatchObject({ policy: { keep_versions: null } });
    expect(tried.pruned.versions).toBeGreaterThan(0);
    const done = await json('store', 'retention', 'notes', '--keep-versions', '1', '--now');
    expect(done).toMatchObject({ policy: { keep_versions: 1 }, pruned: tried.pruned });
    await daemon.expect('verify', 'notes');
    expect(await daemon.expect('store', 'retention', 'notes', '--off')).toBe('keeps everything\n');
  });

  test('store show says where the bytes are', async () => {
    const detail = await json<{ space: { living: number; history: number }; redacted: number }>(
      'store',
      'show',
      'notes',
    );
    expect(detail.redacted).toBe(2);
    expect(detail.space.living).toBe('on\n'.length + 'other\n'.length);
    expect(detail.space.history).toBe(0);
    expect(Object.keys(detail.space)).toEqual([
      'living',
      'unversioned',
      'history',
      'conflicts',
      'free',
      'wal',
    ]);
  });
});
