/** `npm run demo` plays to its end without a terminal, and leaves nothing behind. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { repository } from './support/readme.js';

const limit = 110_000;

/** One after the other, with anything in between. */
const plot = [
  '$ memfsd mount handbook handbook --read-only',
  'Read-only file system',
  'ada$ exportctl throttle --workers 2',
  'ada$ cat > incidents/',
  'ben$ cat incidents/',
  '8 sessions from 8 files',
  'waits for review; 8 transcripts, 4 staged',
  'comes 60 s after',
  '$ diff -r sre review',
  'Only in sre/hosts: relay-old.md',
  ' --except ',
  'removed   /hosts/relay-old.md',
  'CheckoutLatencyHigh',
  ': reverted',
  'rota.md',
  'good: ',
  'which is gone now',
];

describeMount('the demo', () => {
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'memfsd-test-'));
    mkdirSync(join(base, 'tmp'));
  });
  afterEach(() => {
    const mounted = readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${base}/`);
    expect(mounted, `something is still mounted below ${base}`).toBe(false);
    const left = readdirSync(join(base, 'tmp'));
    rmSync(base, { recursive: true });
    expect(left).toEqual([]);
  });

  test('tells the story from the handbook to the revert', { timeout: limit }, async () => {
    const script = join(repository, 'scripts', 'demo.mjs');
    const env = { ...process.env, TMPDIR: join(base, 'tmp') };
    const { status, stdout, stderr } = await runChild(process.execPath, [script], { env, limit });
    expect([status, stderr]).toEqual([0, '']);
    let rest = stdout;
    for (const line of plot) {
      const at = rest.indexOf(line);
      expect(at, `"${line}" is missing or out of turn:\n${stdout}`).toBeGreaterThanOrEqual(0);
      rest = rest.slice(at + line.length);
    }
  });
});
