/** Signals and terminals of `memfsd run`, with and without a wall. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { statusOf, until } from './daemon-support/processes.js';
import { useRuns } from './run-support/runs.js';
import { onTerminal } from './run-support/terminal.js';
import { describeMount } from './support/mount-tier.js';

const patience = 60_000;
const program = fileURLToPath(new URL('run-support/signals.py', import.meta.url));

function eachWall(name: string, check: (wall: readonly string[]) => Promise<void>): void {
  const walls = [
    ['in the open', []],
    ['behind a wall', ['--isolate']],
  ] as const;
  test.each(walls)(`${name}, %s`, (_, wall) => check(wall));
}

describeMount('the signals of a run', () => {
  const runs = useRuns();

  const listening = (wall: readonly string[], ...names: string[]): string[] => {
    const bind = wall.length === 0 ? [] : ['--bind', `${program}:ro`];
    return [...wall, ...bind, '--store', 'notes', '--', '/usr/bin/env', 'python3', program, ...names];
  };

  eachWall('reach its command, once each', async (wall) => {
    const names = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
    const run = await runs.begin(listening(wall, ...names));
    let heard = 'begun\n';
    for (const name of names) {
      process.kill(run.pid, name);
      heard += `${name}\n`;
      await until(`hearing ${name}`, patience, () => run.output().length >= heard.length);
    }
    run.input.end('over\n');
    expect(await run.ended).toBe(5);
    expect(run.output()).toBe(`${heard}over\n`);
    runs.expectNothingLeft();
  });

  eachWall('end a command that does not mind them', async (wall) => {
    const run = await runs.begin([...wall, '--store', 'notes', '--', 'sh', '-c', 'echo begun; cat']);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(143);
    runs.expectNothingLeft();
  });

  test('end it before its command has begun', async () => {
    const { engine } = await statusOf(runs.daemon);
    process.kill(engine.pid, 'SIGSTOP');
    try {
      const run = runs.start(['--store', 'notes', '--', 'echo', 'begun']);
      await until('holding signals', patience, () => catches(run.pid, constants.signals.SIGUSR2));
      process.kill(run.pid, 'SIGTERM');
      process.kill(engine.pid, 'SIGCONT');
      expect([await run.ended, run.output()]).toEqual([143, '']);
    } finally {
      process.kill(engine.pid, 'SIGCONT');
    }
    runs.expectNothingLeft();
  });

  eachWall('stop it and let it go on', async (wall) => {
    const run = await runs.begin([...wall, '--store', 'notes', '--', 'sh', '-c', 'echo begun; cat; exit 3']);
    process.kill(run.pid, 'SIGTSTP');
    await until('being stopped', patience, () => stateOf(run.pid) === 'T');
    process.kill(run.pid, 'SIGCONT');
    run.input.end('text');
    expect([await run.ended, run.output()]).toEqual([3, 'begun\ntext']);
  });

  eachWall('from a terminal reach it without its run', async (wall) => {
    const { status, output } = await onTerminal(
      runs,
      [...runs.memfsd, 'run', ...listening(wall, 'SIGINT', 'SIGQUIT')],
      [
        ['begun', '\x03'],
        ['SIGINT', '\x1c'],
        ['SIGQUIT', 'text\n'],
      ],
    );
    expect(output.match(/SIG\w+/g)).toEqual(['SIGINT', 'SIGQUIT']);
    expect(status).toBe(5);
  });

  eachWall('of job control work in an interactive shell', async (wall) => {
    const run = [
      ...runs.memfsd,
      'run',
      ...wall,
      '--store',
      'notes',
      '--',
      'sh',
      '-c',
      "'echo be''gun; read -r x; echo got $x'",
    ];
    const { output } = await onTerminal(
      runs,
      ['env', 'PS1=ready> ', 'bash', '--norc', '-i'],
      [
        ['ready> ', `${run.join(' ')}\n`],
        ['begun', '\x1a'],
        ['Stopped', 'fg\n'],
        ['memfsd', 'text\n'],
        ['got text', 'exit 0\n'],
      ],
    );
    expect(output).toContain('got text');
    runs.expectNothingLeft();
  });

  eachWall('leave an interactive shell its terminal', async (wall) => {
    const { status } = await onTerminal(
      runs,
      [
        'env',
        'PS1=ready> ',
        ...runs.memfsd,
        'run',
        ...wall,
        '--store',
        'notes',
        '--',
        'bash',
        '--norc',
        '-i',
      ],
      [
        // One program that speaks and then waits: between two of them the keys are the shell's.
        ['ready> ', `/usr/bin/python3 -c "print(9 * 9 * 9, flush=True); input()"\n`],
        ['729', '\x03'],
        ['ready> ', 'exit 9\n'],
      ],
    );
    expect(status).toBe(9);
  });
});

/** proc_pid_status(5): the set of signals that have a handler. */
function catches(pid: number, signal: number): boolean {
  const [, mask] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

const stateOf = (pid: number): string => /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))![1]!;
