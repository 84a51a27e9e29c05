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
    expect(await inside('ingest', file(), '--store', mountpoint)).toMatchObject({ status: 0 });
    expect(await inside('show', session)).toMatchObject({ status: 5 });
    expect(await inside('delete', session)).toMatchObject({ status: 5 });
  });

  it('end, and are deleted', async () => {
    expect(await json('end', session)).toMatchObject({ id: session, ended_at: expect.any(String) });
    await json('delete', session);
    expect(await json('list')).toEqual({ sessions: [] });
    expect(await daemon.run(['session', 'show', session])).toMatchObject({ status: 3 });
    expect(await ingest()).toMatchObject({ sessions: [], new: 0, already_known: 3 });
  });
});
