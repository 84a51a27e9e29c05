/** The transcript of what ran is taken in under the name of its session. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { claudeLine, jsonLines } from '../unit/sessions/samples.js';
import { useRuns } from './run-support/runs.js';
import { describeMount } from './support/mount-tier.js';

describeMount('the transcript of a run', () => {
  const runs = useRuns();
  const { daemon } = runs;
  const project = () => path.join(daemon.base, 'claude', 'projects', runs.work.replace(/[^A-Za-z0-9]/g, '-'));
  const environment = () => ({ ...runs.environment, CLAUDE_CONFIG_DIR: path.join(daemon.base, 'claude') });
  const line = (entry: string) => jsonLines([claudeLine(entry, null)]);

  const entries = async (session: string): Promise<string[]> => {
    const lines = (await daemon.expect('session', 'show', session, '--json')).trim().split('\n');
    return lines.map((text) => (JSON.parse(text) as { entry: string }).entry);
  };

  test('is found where Claude Code writes it, for every store', async () => {
    mkdirSync(project(), { recursive: true });
    writeFileSync(path.join(project(), 'callers.jsonl'), line('c1'));
    const args = ['--store', 'notes', '--store', 'team notes', '--session', 'found', '--agent', 'ada', '--'];
    const script = 'printf %s "$1" > "$2/own.jsonl"; echo >> "$2/callers.jsonl"';
    const result = await runs.run([...args, 'sh', '-c', script, 'sh', line('f1'), project()], {
      env: environment(),
    });
    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await entries('found')).toEqual(['f1']);
    const { sessions } = JSON.parse(await daemon.expect('session', 'list', '--json')) as {
      sessions: { id: string; agent: string; stores: string[]; ended_at: string | null }[];
    };
    expect(sessions).toMatchObject([{ id: 'found', agent: 'ada', ended_at: expect.any(String) }]);
    expect(sessions[0]!.stores).toHaveLength(2);
  });

  test('is that of its own home behind a wall', async () => {
    const script = 'mkdir -p ~/.claude/projects/x; printf %s "$1" > ~/.claude/projects/x/own.jsonl';
    const args = ['--isolate', '--store', 'notes', '--session', 'walled', '--', 'sh', '-c', script, 'sh'];
    expect(await runs.run([...args, line('w1')])).toMatchObject({ status: 0, stderr: '' });
    expect(await entries('walled')).toEqual(['w1']);
  });

  test('may be named', async () => {
    const args = ['--store', 'notes', '--session', 'named', '--transcript', 'said.json', '--'];
    const result = await runs.run([...args, 'sh', '-c', 'printf %s "$1" > said.json', 'sh', line('n1')]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(await entries('named')).toEqual(['n1']);
  });

  test('fails no run', async () => {
    const args = ['--store', 'notes', '--transcript', 'none.jsonl', '--', 'sh', '-c', 'exit 3'];
    expect(await runs.run(args)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('none.jsonl does not exist'),
    });
  });
});
