import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runVariables } from '../../../../src/cli/run/environment.js';
import { namedProcesses, startOf } from '../../../../src/cli/run/left-behind.js';
import { parseStoreArgument } from '../../../../src/cli/run/store-argument.js';
import { hasTerminal } from '../../../../src/cli/run/terminal.js';
import { namedTranscripts, writtenTranscripts } from '../../../../src/cli/run/transcripts.js';

it.each([
  ['notes', 'notes', 'rw'],
  ['notes:ro', 'notes', 'ro'],
  ['notes:rw', 'notes', 'rw'],
  ['notes:ro:rw', 'notes:ro', 'rw'],
  ['a:b', 'a:b', 'rw'],
  ['line\nfeed:ro', 'line\nfeed', 'ro'],
])('--store %j is %j, %s', (text, store, access) => {
  expect(parseStoreArgument(text)).toEqual({ store, access });
});

it('each mount has a variable of its own, whatever the stores are called', () => {
  const names = ['team notes', 'team-notes', '日本', '2'];
  const mounts = names.map((name, i) => ({ name, path: `/m/${i}` }));
  expect(runVariables({ session: 's', agent: 'a', mount: '/m', mounts })).toEqual({
    MEMFSD_SESSION: 's',
    MEMFSD_AGENT: 'a',
    MEMFSD_MOUNT: '/m',
    MEMFSD_MOUNT_TEAM_NOTES: '/m/0',
    MEMFSD_MOUNT_TEAM_NOTES_2: '/m/1',
    MEMFSD_MOUNT___: '/m/2',
    MEMFSD_MOUNT_2: '/m/3',
  });
});

it('processes that have the name of a session from its command are found by it', async () => {
  const env = { ...process.env, MEMFSD_SESSION: `left-${process.pid}` };
  const child = spawn('sleep', ['1000'], { env, stdio: 'ignore' });
  try {
    await once(child, 'spawn');
    const start = startOf(child.pid!)!;
    expect(namedProcesses(env.MEMFSD_SESSION, start)).toEqual([child.pid]);
    expect(namedProcesses(env.MEMFSD_SESSION, start + 1)).toEqual([]);
    expect(namedProcesses('left', start)).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});

it.each([
  ['7 (node) S 1 7 7 34816 7 4194304', true],
  ['7 (a) b) R 1 7 7 34816 9 4194304', false],
  ['7 (node) S 1 7 7 0 -1 4194304', false],
])('%s: has the terminal: %s', (stat, has) => {
  expect(hasTerminal(stat)).toBe(has);
});

describe('transcripts', () => {
  let directory = '';
  let project = '';
  const cwd = '/srv/my.work';
  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'memfsd-transcripts-')));
    project = join(directory, 'projects', '-srv-my-work');
    mkdirSync(project, { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (name: string): string => {
    const path = join(project, name);
    writeFileSync(path, '{}\n');
    return path;
  };
  const later = () => Date.now() + 60_000;
  const earlier = () => Date.now() - 60_000;

  it('are those that were begun meanwhile, with those of subagents', async () => {
    const own = write('a.jsonl');
    mkdirSync(join(project, 'a', 'subagents'), { recursive: true });
    const sub = write('a/subagents/b.jsonl');
    write('no-transcript.txt');
    expect(await writtenTranscripts(directory, cwd, earlier())).toEqual({
      files: [own, sub],
      ambiguous: false,
    });
  });

  it('are not the caller’s, which grows on', async () => {
    write('a.jsonl');
    expect(await writtenTranscripts(directory, cwd, later())).toEqual({ files: [], ambiguous: false });
  });

  it('are nobody’s when there are several', async () => {
    write('a.jsonl');
    write('b.jsonl');
    expect(await writtenTranscripts(directory, cwd, earlier())).toEqual({ files: [], ambiguous: true });
  });

  it('may be none', async () => {
    expect(await writtenTranscripts(directory, '/elsewhere', earlier())).toEqual({
      files: [],
      ambiguous: false,
    });
  });

  it('that are named are taken as they are, of a directory what has changed', async () => {
    const [old, young] = [write('old.jsonl'), write('young.jsonl')];
    utimesSync(old, 1, 1);
    expect(await namedTranscripts(project, 'old.jsonl', earlier())).toEqual([old]);
    expect(await namedTranscripts('/', old, earlier())).toEqual([old]);
    expect(await namedTranscripts(directory, 'projects', earlier())).toEqual([young]);
    await expect(namedTranscripts(directory, 'none', 0)).rejects.toMatchObject({ code: 'not_found' });
  });
});
