/** How runs end that were not left to end by themselves: nothing stays mounted, and what was written is kept. */
import { expect, test } from 'vitest';
import { isAlive, killBoth, killEngine, until } from './daemon-support/processes.js';
import { useRuns } from './run-support/runs.js';
import { describeMount } from './support/mount-tier.js';

const patience = 60_000;
const store = ['--store', 'notes'];

describeMount('a run that is not left to end', () => {
  const runs = useRuns();
  const { daemon } = runs;

  const allGone = () => until('nothing is mounted', patience, () => runs.mounted().length === 0);
  const nothingLeft = () =>
    until('nothing is left', patience, () => {
      try {
        runs.expectNothingLeft();
        return true;
      } catch {
        return false;
      }
    });
  const record = async (path: string): Promise<unknown> =>
    JSON.parse((await daemon.expect('log', 'notes', path, '--json')).split('\n')[0]!);

  test('does not wait for what its command leaves at work, which keeps session and mount', async () => {
    const script = `mkfifo go; (read -r x < go; echo late >> "$MEMFSD_MOUNT/late.md") > left.txt 2>&1 &
      echo $!; exit 3`;
    const options = [...store, '--session', 'left', '--agent', 'ada'];
    const { status, stdout, stderr } = await runs.run([...options, '--', 'sh', '-c', script]);
    expect(status).toBe(3);
    expect(stderr).toContain(`left 1 process at work (sh ${stdout.trim()})`);
    expect(stderr).toContain('the session left and its mount');
    expect(runs.mounted()).toHaveLength(1);
    await runs.inWork('echo > go; rm go', []);
    await nothingLeft();
    expect(await record('late.md')).toMatchObject({ session: 'left', agent: 'ada', claimed: false });
    expect((await runs.inWork('cat left.txt; rm left.txt', [])).stdout).toBe('');
    expect(await daemon.expect('session', 'list', '--live', '--json')).not.toContain('"left"');
  });

  test('behind a wall ends with all that its command left behind', async () => {
    const script =
      'sleep 1000 > /dev/null 2>&1 & cd "$MEMFSD_MOUNT"; sleep 1000 > /dev/null 2>&1 & echo done';
    const result = await runs.run([...store, '--isolate', '--', 'sh', '-c', script]);
    expect(result).toEqual({ status: 0, stdout: 'done\n', stderr: '' });
    runs.expectNothingLeft();
  });

  test('leaves its command at work when it is killed, and its mounts to the daemon', async () => {
    const script = 'echo $$; read -r x; echo "$x" > "$MEMFSD_MOUNT/after.md"';
    const run = await runs.begin([...store, '--session', 'orphan', '--', 'sh', '-c', script]);
    process.kill(run.pid, 'SIGKILL');
    expect(await run.ended).toBe('SIGKILL');
    run.input.end('written later\n');
    await nothingLeft();
    expect(isAlive(Number(run.output()))).toBe(false);
    expect(await record('after.md')).toMatchObject({ session: 'orphan', claimed: false });
    const live = await daemon.expect('session', 'list', '--live', '--json');
    expect(live).not.toContain('orphan');
  });

  test('behind a wall takes its command along when it is killed', async () => {
    const script = 'echo begun; while :; do echo x >> "$MEMFSD_MOUNT/lines.md"; sleep 0.01; done';
    const run = await runs.begin([...store, '--isolate', '--', 'sh', '-c', script]);
    process.kill(run.pid, 'SIGKILL');
    await allGone();
    const before = await record('lines.md');
    await nothingLeft();
    expect(await record('lines.md')).toEqual(before);
  });

  test('goes on when the engine is killed', async () => {
    const script = 'echo begun; read -r x; echo "$x" > "$MEMFSD_MOUNT/survived.md"';
    const run = await runs.begin([...store, '--session', 'lasting', '--', 'sh', '-c', script]);
    await killEngine(daemon);
    run.input.end('text\n');
    expect(await run.ended).toBe(0);
    runs.expectNothingLeft();
    expect(await record('survived.md')).toMatchObject({ session: 'lasting', claimed: false });
  });

  test('clears away when the daemon was killed under it', async () => {
    const run = await runs.begin([
      ...store,
      '--',
      'sh',
      '-c',
      'echo begun; read -r x; ls "$MEMFSD_MOUNT"; exit 4',
    ]);
    await killBoth(daemon);
    run.input.end('\n');
    expect(await run.ended).toBe(4);
    runs.expectNothingLeft();
  });

  test('is cleared away by the next daemon when both were killed', async () => {
    const run = await runs.begin([...store, '--session', 'lost', '--', 'sh', '-c', 'echo $$; exec cat']);
    await killBoth(daemon);
    process.kill(-run.pid, 'SIGKILL');
    await until('the end of its command', patience, () => !isAlive(Number(run.output())));
    expect(runs.mounted()).toHaveLength(1);
    await daemon.expect('start');
    await nothingLeft();
    expect(await daemon.expect('mounts', '--json')).not.toContain('lost');
  });

  test('ends as its command does when the daemon was stopped', async () => {
    const run = await runs.begin([...store, '--', 'sh', '-c', 'echo begun; read -r x; exit 6']);
    await daemon.expect('stop');
    run.input.end('\n');
    expect(await run.ended).toBe(6);
    runs.expectNothingLeft();
  });
});
