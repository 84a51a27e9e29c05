import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { ConflictBody, ConflictDetail } from '../../src/api/endpoints/conflicts.js';
import type { LogRecordBody } from '../../src/api/endpoints/history.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

describeMount('a refused write', () => {
  const daemon = usePrivateDaemon();
  let [one, two]: string[] = [];
  let tests = 0;
  let memory: string;

  beforeAll(async () => {
    await daemon.expect('store', 'create', 'shared');
    one = await daemon.mount('shared', '--agent', 'ada', '--session', 'sesn_ada');
    two = await daemon.mount('shared', '--agent', 'ben', '--session', 'sesn_ben');
    await daemon.mount('shared', '--agent', 'eve', '--session', 'sesn_eve');
  });

  /** ada has read and begins to write; ben is faster. */
  beforeEach(async () => {
    memory = `notes/${++tests}.md`;
    const said = await daemon.python(
      daemon.base,
      `
import os
ada, ben = '${one}/${memory}', '${two}/${memory}'
os.makedirs(os.path.dirname(ada), exist_ok=True)
open(ada, 'w').write('base\\n')
open(ada).read()
writing = os.open(ada, os.O_WRONLY | os.O_TRUNC)
os.write(writing, b'mine\\n')
open(ben).read()
open(ben, 'w').write('theirs\\n')
try: os.close(writing)
except OSError as error: print(os.strerror(error.errno))
`,
    );
    expect(said).toBe('Stale file handle\n');
  });

  const lines = async <T>(...args: string[]): Promise<T[]> =>
    (await daemon.expect(...args, '--json'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);

  const list = (...more: string[]): Promise<ConflictBody[]> =>
    lines<ConflictBody>('conflicts', 'shared', memory, ...more);

  const newest = async (): Promise<LogRecordBody> =>
    (await lines<LogRecordBody>('log', 'shared', memory, '--reverse', '--limit', '1'))[0]!;

  /** The caller is of no session that has read anything. */
  const resolve = (...args: string[]) =>
    daemon.run(['conflicts', 'resolve', 'shared', memory, '1', ...args, '--json'], {
      env: { ...process.env, MEMFSD_AGENT: 'eve', MEMFSD_SESSION: 'sesn_eve' },
    });

  test('is listed', async () => {
    expect(await list()).toMatchObject([
      { number: 1, path: `/${memory}`, agent: 'ada', session: 'sesn_ada', resolution: null },
    ]);
    expect(await daemon.expect('conflicts', path.join(one!, memory))).toMatch(/ada {2}sesn_ada {2}open\n$/);
    expect((await lines<ConflictBody>('conflicts', 'shared')).length).toBe(tests);
  });

  test('is shown with what either side made of the base', async () => {
    const [shown] = await lines<ConflictDetail>('conflicts', 'show', 'shared', memory, '1');
    expect(shown).toMatchObject({
      base: { encoding: 'utf8', data: 'base\n' },
      mine: { encoding: 'utf8', data: 'mine\n' },
      theirs: { encoding: 'utf8', data: 'theirs\n' },
    });
    const text = await daemon.expect('conflicts', 'show', path.join(one!, memory), '1');
    expect(text).toContain('-base\n+mine\n');
    expect(text).toContain('-base\n+theirs\n');
    expect(text).toContain('conflicts resolve');
  });

  test('is resolved with what was refused', async () => {
    expect(await resolve('--take', 'mine')).toMatchObject({ status: 0 });
    expect(await daemon.shell(two!, `cat ${memory}`)).toBe('mine\n');
    expect(await list()).toMatchObject([{ resolution: 'mine' }]);
  });

  test('is resolved with a merged file', async () => {
    const file = path.join(daemon.base, 'merged');
    writeFileSync(file, 'both\n');
    expect(await resolve('--file', file)).toMatchObject({ status: 0 });
    expect(await daemon.shell(two!, `cat ${memory}`)).toBe('both\n');
    expect(await newest()).toMatchObject({ operation: 'modified', agent: 'eve', session: 'sesn_eve' });
    expect(await list()).toMatchObject([{ resolution: 'merged' }]);
    expect(await list('--open')).toEqual([]);
    expect(await resolve('--take', 'theirs')).toMatchObject({ status: 4 });
  });

  test('is resolved by leaving what is there', async () => {
    const before = await newest();
    expect(await resolve('--take', 'theirs')).toMatchObject({ status: 0 });
    expect(await newest()).toEqual(before);
    expect(await list()).toMatchObject([{ resolution: 'theirs' }]);
  });

  test('is not resolved over something newer', async () => {
    await daemon.shell(two!, `cat ${memory}; printf 'newer\\n' > ${memory}`);
    const file = path.join(daemon.base, 'merged');
    writeFileSync(file, 'both\n');
    const refused = await resolve('--file', file);
    expect(refused.status).toBe(4);
    const { sha256 } = await newest();
    expect(refused.stderr).toContain(`--if-match ${sha256}`);
    expect(await list('--open')).toHaveLength(1);
    expect(await resolve('--file', file, '--if-match', sha256!)).toMatchObject({ status: 0 });
    expect(await daemon.shell(one!, `cat ${memory}`)).toBe('both\n');
  });

  test('needs to be named', async () => {
    expect(await resolve()).toMatchObject({ status: 2 });
    const run = (...args: string[]) => daemon.run(['conflicts', ...args]);
    expect(await run('show', 'shared', memory, '7')).toMatchObject({ status: 3 });
    expect(await run('show', 'shared', memory)).toMatchObject({ status: 2 });
    expect(await run('resolve', 'shared', memory, '1', '--file', '/nowhere')).toMatchObject({ status: 3 });
  });
});
