/** Transcripts while they are written: `session watch` and the hook. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claudeLine, jsonLines, session } from '../unit/sessions/samples.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const executable = fileURLToPath(new URL('../../bin/memfsd.js', import.meta.url));
const patience = 20_000;

describeMount('transcripts that are being written', () => {
  const daemon = usePrivateDaemon();
  const project = (): string => path.join(daemon.base, 'project');
  const file = (name = 'a.jsonl'): string => path.join(project(), name);
  let watcher: ChildProcess;

  const events = async (): Promise<string[]> => {
    const { status, stdout } = await daemon.run(['session', 'show', session, '--json']);
    if (status !== 0) return [];
    return stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { entry: string }).entry);
  };

  async function becomes(expected: readonly string[]): Promise<void> {
    for (const end = performance.now() + patience; performance.now() < end; await delay(200))
      if (JSON.stringify(await events()) === JSON.stringify(expected)) return;
    expect(await events()).toEqual(expected);
  }

  beforeAll(async () => {
    mkdirSync(path.join(project(), 'below'), { recursive: true });
    await daemon.expect('store', 'create', 'notes');
    writeFileSync(file(), jsonLines([claudeLine('u1', null)]));
    const args = [executable, 'session', 'watch', project(), '--store', 'notes', '--data', daemon.data];
    watcher = spawn(process.execPath, args, { stdio: 'ignore' });
  });
  afterAll(async () => {
    watcher.kill();
    if (watcher.exitCode === null && watcher.signalCode === null) await once(watcher, 'exit');
  });

  it('are taken as they grow, also a line in two pieces', async () => {
    await becomes(['u1']);
    const line = jsonLines([claudeLine('u2', 'u1')]);
    appendFileSync(file(), line.slice(0, 40));
    await delay(500);
    appendFileSync(file(), line.slice(40));
    await becomes(['u1', 'u2']);
  });

  it('survive rotation and truncation', async () => {
    renameSync(file(), file('a.1.jsonl'));
    writeFileSync(file(), jsonLines([claudeLine('u3', 'u2')]));
    await becomes(['u1', 'u2', 'u3']);
    truncateSync(file());
    await delay(300);
    appendFileSync(file(), jsonLines([claudeLine('u4', 'u3')]));
    await becomes(['u1', 'u2', 'u3', 'u4']);
    writeFileSync(path.join(project(), 'below', 'b.jsonl'), jsonLines([claudeLine('u5', 'u4')]));
    await becomes(['u1', 'u2', 'u3', 'u4', 'u5']);
  });

  it('are taken after a restart of the daemon', async () => {
    await daemon.expect('stop');
    await daemon.expect('start');
    appendFileSync(file(), jsonLines([claudeLine('u6', 'u4')]));
    await becomes(['u1', 'u2', 'u3', 'u4', 'u5', 'u6']);
  });

  it('are not looked for on a mount', async () => {
    const mountpoint = await daemon.mount('notes');
    const { status, stderr } = await daemon.run(['session', 'watch', mountpoint, '--store', 'notes']);
    expect([status, stderr]).toEqual([6, expect.stringContaining('on a mount of memfsd')]);
  });

  it('are taken by the hook, after it has answered', async () => {
    const transcript = path.join(daemon.base, 'hooked.jsonl');
    writeFileSync(transcript, jsonLines([claudeLine('h1', 'u6')]));
    const input = JSON.stringify({
      session_id: session,
      transcript_path: transcript,
      cwd: daemon.base,
      hook_event_name: 'SessionEnd',
      reason: 'other',
    });
    expect(await daemon.run(['session', 'hook', '--store', 'notes'], { input })).toMatchObject({
      status: 0,
      stdout: '',
    });
    await becomes(['u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'h1']);
    const ended = async (): Promise<unknown> => {
      const list = JSON.parse(await daemon.expect('session', 'list', '--json')) as { sessions: object[] };
      return list.sessions[0];
    };
    for (const end = performance.now() + patience; performance.now() < end; await delay(200))
      if (!JSON.stringify(await ended()).includes('"ended_at":null')) break;
    expect(await ended()).toMatchObject({ ended_at: expect.any(String) });
  });

  it.each(['', 'no JSON', '{}', '{"transcript_path":"relative"}'])(
    'do not stop an agent when its hook is told %j',
    async (input) => {
      expect(await daemon.run(['session', 'hook', '--store', 'notes'], { input })).toMatchObject({
        status: 6,
      });
      expect(await daemon.run(['session', 'hook'], { input })).toMatchObject({ status: 6 });
    },
  );
});
