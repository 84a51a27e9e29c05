import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const runner = fileURLToPath(new URL('./support/scopes/runner.py', import.meta.url));
const limit = 110_000;

const ask = (question: string): string[] =>
  JSON.parse(execFileSync('python3', [runner, question], { encoding: 'utf8' })) as string[];

const cases = ask('--list');
const allow = ask('--rules').flatMap((rule) => ['--allow', rule]);

/** Every case in one process, each checked through the unrestricted mount; the answers are looked at afterwards. */
describeMount('a hostile client', () => {
  const daemon = usePrivateDaemon();
  let results: Map<string, string>;
  let [free, readOnly, scoped]: string[] = [];

  beforeAll(async () => {
    await daemon.expect('store', 'create', 'shared');
    free = await daemon.mount('shared', '--session', 'sesn_free');
    await daemon.withLog(expectSuccess(runChild('python3', [runner, '--build', free!])));
    readOnly = await daemon.mount('shared', '--read-only');
    scoped = await daemon.mount('shared', ...allow);
    const running = runChild('python3', [runner, free!, readOnly!, scoped!], { limit });
    const output = await daemon.withLog(expectSuccess(running));
    const lines = output.trim().split('\n');
    results = new Map(
      lines.map((line) => {
        const { name, result } = JSON.parse(line) as { name: string; result: string };
        return [name, result];
      }),
    );
  }, limit + 60_000);

  test.for(cases)('%s', (name) => {
    expect(results.get(name)).toBe('ok');
  });

  test('writes nothing where somebody made the read-only mount writable', async () => {
    if (process.getuid?.() !== 0) return;
    const said = await daemon.shell(
      free!,
      `mount -o remount,rw ${readOnly} || echo not made
(echo x > ${readOnly}/open/mine.md) 2> /dev/null || echo refused
mkdir ${readOnly}/new 2> /dev/null || echo refused
cat open/mine.md`,
    );
    expect(said.replace('not made\n', '')).toBe('refused\nrefused\nopen/mine.md');
  });

  test('finds nothing more in a mount of the past', async () => {
    const past = await daemon.mount('shared', ...allow, '--at', new Date().toISOString());
    const found = await daemon.shell(
      past,
      'find . -type f | LC_ALL=C sort; ls secret 2> /dev/null || echo nothing',
    );
    expect(found.split('\n')).toEqual([
      './caf\u00e9/a.md',
      './mixed/a.md',
      './open/both.md',
      './open/mine.md',
      './open/moved.md',
      './open/sub/deep.md',
      './shared/both.md',
      './shared/dir/x.md',
      './shared/read.md',
      './way/to/file.md',
      'nothing',
      '',
    ]);
  });

  test('is held to its rules by the next engine, too', async () => {
    const { engine } = JSON.parse(await daemon.expect('status', '--json')) as { engine: { pid: number } };
    process.kill(engine.pid, 'SIGKILL');
    const said = await daemon.shell(
      scoped!,
      `LC_ALL=C ls
exec 2> /dev/null
cat secret/hidden.md || cat top.md || cat open/linked.md || echo hidden
(echo x > shared/read.md) || (echo x > shared/new.md) || echo read only
mkdir secret || mkdir new || echo refused
echo mine > open/mine.md; cat open/mine.md`,
    );
    const names = ['caf\u00e9', 'mixed', 'open', 'shared', 'spare', 'way'];
    expect(said.split('\n')).toEqual([...names, 'hidden', 'read only', 'refused', 'mine', '']);
  });

  test('leaves a journal that verifies', async () => {
    await daemon.expect('verify', 'shared');
  });
});
