/**
 * The story that dreams are for, on real mounts: two agents on call share a memory; a week of their sessions becomes a
 * dream; a reviewer looks at it with `diff -r`, takes all of it but one edit, and takes it back later.
 */
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const fixtures = fileURLToPath(new URL('../../fixtures/story/', import.meta.url));

describeMount('a week on call, and a dream of it', () => {
  const daemon = usePrivateDaemon();
  const below = (...names: string[]): string => path.join(daemon.base, ...names);
  const day = new Date(Date.now() - 60 * 60_000).toISOString();
  let memory: string;
  let handbook: string;

  /** What an agent prints: its commands, and what they said. */
  const triage = (name: string, time = day): Promise<string> => {
    const args = [
      `${fixtures}triage.mjs`,
      name,
      memory,
      handbook,
      below('transcripts', `${name}.jsonl`),
      time,
    ];
    return daemon.withLog(expectSuccess(runChild(process.execPath, args)));
  };
  const commandsOf = (output: string): string[] => output.split('\n').filter((line) => /^\w+\$ /.test(line));

  beforeAll(async () => {
    mkdirSync(below('transcripts'));
    cpSync(path.join(fixtures, 'memory'), below('memory'), { recursive: true });
    for (const [store, directory] of [
      ['sre', below('memory')],
      ['handbook', path.join(fixtures, 'handbook')],
    ] as const) {
      await daemon.expect('store', 'create', store);
      await daemon.expect('store', 'import', store, directory);
    }
    handbook = await daemon.mount('handbook', '--read-only');
    memory = await daemon.mount('sre');
  });

  it('the knowledge of the organisation can be read and not changed', async () => {
    const { status, stderr } = await runChild('sh', ['-c', `echo x >> ${handbook}/escalation.md`]);
    expect([status, stderr]).toEqual([expect.any(Number), expect.stringContaining('Read-only file system')]);
    expect(status).not.toBe(0);
  });

  it('the second agent stops early because of what the first one wrote down', async () => {
    const first = commandsOf(await triage('ada'));
    const second = commandsOf(await triage('ben', new Date(Date.parse(day) + 30 * 60_000).toISOString()));
    expect(first.length).toBeGreaterThan(6);
    expect(second).toEqual([
      'ben$ grep -rl CheckoutLatencyHigh incidents',
      `ben$ cat incidents/${day.slice(0, 10)}-checkout.md`,
      'ben$ exportctl throttle --workers 2',
    ]);
  });

  it('the journal knows whose note it is, and the transcript which command wrote it', async () => {
    await daemon.expect('session', 'ingest', below('transcripts'), '--store', 'sre');
    const why = await daemon.expect('why', 'sre', `incidents/${day.slice(0, 10)}-checkout.md:1`);
    expect(why).toContain('ada');
    expect(why).toContain(`cat > incidents/${day.slice(0, 10)}-checkout.md`);
  });
});
