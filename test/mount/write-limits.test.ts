import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { inDirectory } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const versions = 30;

describeMount('a session that writes in a loop', () => {
  const daemon = usePrivateDaemon();
  let ada: string;
  let bob: string;
  beforeAll(async () => {
    mkdirSync(daemon.data, { mode: 0o700 });
    const limits = { session_versions_per_minute: versions, store_bytes: 4_000_000 };
    writeFileSync(path.join(daemon.data, 'config.json'), JSON.stringify({ limits }));
    await daemon.expect('store', 'create', 'notes');
    ada = await daemon.mount('notes', '--session', 'sesn_ada', '--agent', 'ada');
    bob = await daemon.mount('notes', '--session', 'sesn_bob', '--agent', 'bob');
  });

  test('is stopped, as its shell sees; another one works on', async () => {
    const loop = 'while echo line >> f; do :; done; wc -l < f';
    const { stdout, stderr } = await inDirectory(ada, loop);
    expect(stderr).toMatch(/Disk quota exceeded/);
    // A minute that ends meanwhile lets it go on, so it is no less.
    expect(Number(stdout)).toBeGreaterThanOrEqual(versions);
    expect(await daemon.shell(bob, 'echo bob >> f; echo bob > mine; tail -n 1 f; cat mine')).toBe(
      'bob\nbob\n',
    );
  });

  test('is told until when, in its own mount and not in others', async () => {
    const line = await daemon.shell(ada, 'tail -n 1 .memfs/errors.jsonl');
    expect(JSON.parse(line)).toMatchObject({
      code: 'quota',
      path: '/f',
      session: 'sesn_ada',
      cause: expect.stringMatching(/30 versions within a minute.*It may go on at 20/s),
    });
    expect(await daemon.shell(bob, 'cat .memfs/errors.jsonl')).toBe('');
    expect(daemon.log()).toMatch(/session_versions_per_minute/);
    const { sessions } = JSON.parse(await daemon.expect('session', 'list', '--live', '--json')) as {
      sessions: { id: string; refusals: number }[];
    };
    expect(sessions.find(({ id }) => id === 'sesn_ada')!.refusals).toBeGreaterThan(0);
  });

  test('what a store may hold is a limit for the command line too, which exits with 9', async () => {
    const { status, stderr } = await daemon.run(['write', 'notes', 'large.bin', '--json'], {
      input: 'x'.repeat(4_500_000),
    });
    expect(status).toBe(9);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'quota', hint: expect.stringMatching(/retention/) },
    });
    expect(JSON.parse(await daemon.expect('store', 'show', 'notes', '--json'))).toMatchObject({
      limit_bytes: 4_000_000,
      held_bytes: expect.any(Number),
    });
  });
});
