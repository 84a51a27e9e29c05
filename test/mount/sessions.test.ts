/** Transcripts, from the command line to the daemon's thread and back. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { noise } from '../unit/secrets/samples.js';
import { assistant, claudeLine, jsonLines, session } from '../unit/sessions/samples.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

describeMount('transcripts', () => {
  const daemon = usePrivateDaemon();
  const file = (): string => path.join(daemon.base, 'project', 'a.jsonl');
  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await daemon.expect('session', ...args, '--json')) as T;
  const ingest = (): Promise<object> => json('ingest', path.dirname(file()), '--store', 'notes');

  beforeAll(async () => {
    mkdirSync(path.dirname(file()));
    await daemon.expect('store', 'create', 'notes');
  });

  it('are ingested, once', async () => {
    const token = `ghp_${noise(36)}`;
    const lines = [
      claudeLine('u1', null, { message: { content: `deploy with ${token}` } }),
      '{"type":"user"',
      claudeLine('a1', 'u1', assistant({ type: 'text', text: 'Done.' })),
    ];
    writeFileSync(file(), jsonLines(lines));
    writeFileSync(path.join(path.dirname(file()), 'settings.json'), '{"a":1}');
    const sessions = [{ id: session, events: 2, skipped_lines: 1 }];
    const rest = { unrecognised: [path.join(path.dirname(file()), 'settings.json')], failed: [] };
    expect(await ingest()).toEqual({ sessions, new: 2, already_known: 0, deleted: 0, ...rest });
    expect(await ingest()).toEqual({ sessions, new: 0, already_known: 2, deleted: 0, ...rest });
    appendFileSync(file(), jsonLines([claudeLine('u2', 'a1')]));
    expect(await ingest()).toMatchObject({ new: 1, already_known: 2 });
    expect(readFileSync(path.join(daemon.data, 'transcripts.db')).includes(token)).toBe(false);
  });

  it('are listed and shown', async () => {
    const list = await json<{ sessions: object[] }>('list', '--store', 'notes');
    expect(list.sessions).toMatchObject([{ id: session, events: 3, files: [file()] }]);
    const text = await daemon.expect('session', 'show', session);
    expect(text).toMatch(/user text\n {4}deploy with \[masked:github-token\]\n.*agent text\n {4}Done\./s);
    const lines = (await daemon.expect('session', 'show', session, '--limit', '2', '--json'))
      .trim()
      .split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { entry: string }).entry)).toEqual(['u1', 'a1']);
  });

  it('are told by a process of a session, which may not read them', async () => {
    const mountpoint = await daemon.mount('notes', '--session', 'sesn_inside');
    const env = { ...process.env, MEMFSD_SESSION: 'sesn_inside' };
    const inside = (...args: string[]) => daemon.run(['session', ...args], { env });
    const own = path.join(daemon.base, 'own.jsonl');
    writeFileSync(own, jsonLines([claudeLine('o1', null, { sessionId: 'sesn_nobody' })]));
    expect(await inside('ingest', own, '--store', mountpoint)).toMatchObject({ status: 0 });
    expect(await json('show', 'sesn_inside')).toMatchObject({ entry: 'o1' });
    expect(await daemon.run(['session', 'show', 'sesn_nobody'])).toMatchObject({ status: 3 });
    const forged = path.join(daemon.base, 'forged.jsonl');
    writeFileSync(forged, jsonLines([claudeLine('f1', null)]));
    for (const other of ['sesn_nobody', session])
      expect(await inside('ingest', forged, '--store', mountpoint, '--session', other)).toMatchObject({
        status: 5,
      });
    expect(await inside('show', session)).toMatchObject({ status: 5 });
    expect(await inside('delete', session)).toMatchObject({ status: 5 });
    await daemon.expect('session', 'end', 'sesn_inside');
    expect(await inside('ingest', own, '--store', mountpoint)).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('has ended'),
    });
  });

  it('say why a line is there', async () => {
    const of = { sessionId: 'sesn_why' };
    const bash = (id: string, command: string) =>
      assistant({ type: 'tool_use', id, name: 'Bash', input: { command } });
    const say = (text: string) => ({ ...assistant({ type: 'text', text }), ...of });
    const lines = [
      claudeLine('w1', null, { ...of, message: { content: 'What is the pool size?' } }),
      claudeLine('w2', 'w1', say('The notes are too old, I correct them.')),
      claudeLine('w3', 'w2', { ...bash('t1', 'echo "pool size: 40" >> pool.md'), ...of }),
      claudeLine('w4', 'w3', say('Corrected.')),
      claudeLine('w5', 'w4', { ...bash('t2', 'cat pool.md'), ...of }),
    ];
    const mountpoint = await daemon.mount('notes', '--session', 'sesn_why', '--agent', 'ada');
    await daemon.run(['write', 'notes', 'pool.md'], { input: 'about the pool\n' });
    await daemon.run(['write', 'notes', 'other.md'], { input: 'other\n' });
    await daemon.shell(mountpoint, 'cat pool.md && echo "pool size: 40" >> pool.md');
    const before = await daemon.run(['why', 'notes', 'pool.md:2']);
    expect(before.stderr).toContain('session ingest FILE');

    writeFileSync(file(), jsonLines(lines));
    await ingest();
    const reason = JSON.parse(await daemon.expect('why', `${mountpoint}/pool.md:2`, '--json')) as object;
    expect(reason).toMatchObject({
      path: '/pool.md',
      line: { line: 2, text: 'pool size: 40', agent: 'ada', session: 'sesn_why' },
      session: { id: 'sesn_why' },
      writer: { call: { entry: 'w3' }, holds_line: true, said: [{ entry: 'w2' }, { entry: 'w4' }] },
      read_before: [{ path: '/pool.md' }],
    });
    expect(await daemon.expect('why', 'notes', 'pool.md')).toMatch(
      /pool size: 40.*written by.*tool Bash.*too old, I correct.*had read before.*\/pool\.md/s,
    );
    expect(await daemon.run(['why', 'notes', 'pool.md:9'])).toMatchObject({ status: 3 });
  });

  it('end, and are deleted', async () => {
    expect(await json('end', session)).toMatchObject({ id: session, ended_at: expect.any(String) });
    await json('delete', session);
    const { sessions } = await json<{ sessions: { id: string }[] }>('list');
    expect(sessions.map(({ id }) => id).sort()).toEqual(['sesn_inside', 'sesn_why']);
    expect(await daemon.run(['session', 'show', session])).toMatchObject({ status: 3 });
    writeFileSync(file(), jsonLines([claudeLine('u3', 'u2')]));
    expect(await ingest()).toMatchObject({ sessions: [], new: 0, deleted: 1 });
  });
});
