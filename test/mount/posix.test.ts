import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const runner = fileURLToPath(new URL('./support/posix/runner.py', import.meta.url));
const BATCH_LIMIT = 90_000;

type Case = readonly [module: string, name: string];

const cases = JSON.parse(execFileSync('python3', [runner, '--list'], { encoding: 'utf8' })) as Case[];
const modules = [...new Set(cases.map(([module]) => module))];

/** Runs every case in few processes; the answers are looked at one by one afterwards. */
async function runCases(directory: string): Promise<Map<string, string>> {
  const output = await expectSuccess(
    runChild('python3', [runner, directory, ...modules], { limit: BATCH_LIMIT }),
  );
  const answers = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; result: string });
  return new Map(answers.map(({ name, result }) => [name, result]));
}

function testEachCase(results: () => Map<string, string>): void {
  test.for(cases)('%s: %s', ([, name], context) => {
    const result = results().get(name);
    if (result === 'needs root') return context.skip('needs root');
    expect(result).toBe('ok');
  });
}

describe('an ordinary directory', () => {
  let directory: string;
  let results: Map<string, string>;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'memfsd-posix-'));
    results = await runCases(directory);
  }, BATCH_LIMIT);
  afterAll(() => rm(directory, { recursive: true, force: true }));
  testEachCase(() => results);
});

describeMount('a memfsd mount', () => {
  const daemon = usePrivateDaemon();
  let mountpoint: string;
  let results: Map<string, string>;
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'posix');
    mountpoint = await daemon.mount('posix', ...(process.getuid?.() === 0 ? ['--allow-other'] : []));
    results = await daemon.withLog(runCases(mountpoint));
  }, BATCH_LIMIT + 30_000);

  testEachCase(() => results);

  test('content above the limit of a mount is EFBIG and nothing is lost', async () => {
    const limit = 64 * 1024 * 1024;
    await daemon.python(
      mountpoint,
      `
import errno, os
descriptor = os.open('big', os.O_CREAT | os.O_RDWR)
os.pwrite(descriptor, b'end', ${limit} - 3)
for attempt in (
    lambda: os.pwrite(descriptor, b'x', ${limit}),
    lambda: os.ftruncate(descriptor, ${limit} + 1),
    lambda: os.posix_fallocate(descriptor, ${limit}, 1),
):
    try:
        attempt()
    except OSError as error:
        assert error.errno == errno.EFBIG, error
    else:
        raise AssertionError('a byte above the limit was taken')
os.close(descriptor)
assert os.stat('big').st_size == ${limit}
with open('big', 'rb') as file:
    file.seek(-3, os.SEEK_END)
    assert file.read() == b'end'
`,
    );
  });

  test('the journal verifies after all that', async () => {
    await daemon.expect('verify', 'posix');
  });
});
