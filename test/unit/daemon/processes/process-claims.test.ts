import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { variable } from '../../../../src/daemon/processes/environment.js';
import { ProcessClaims, type Trees } from '../../../../src/daemon/processes/process-claims.js';

const never = (): never => {
  throw new Error('only processes with threads are read aside');
};

const noTrees: Trees = { generation: 0, sessionOf: () => undefined };

/** What the process says of itself. */
const claimBy = (pid: number, readAside: (pid: number) => Buffer | null = never) =>
  new ProcessClaims(readAside, noTrees).of(pid).claim;

const children: ChildProcess[] = [];

/** Resolves once the child says a word, which it has to. */
async function started(command: string, args: string[], environment: Record<string, string>) {
  const child = spawn(command, args, {
    env: { ...process.env, MEMFSD_SESSION: undefined, MEMFSD_AGENT: undefined, ...environment },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  children.push(child);
  const [output] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, pid: child.pid!, output: output.toString().trim() };
}

const shell = (script: string, environment: Record<string, string>) =>
  started('sh', ['-c', script], environment);

/** What a child with this environment claims to be. */
async function claim(environment: Record<string, string>) {
  const { pid } = await shell('echo; read line', environment);
  return claimBy(pid);
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('a process', () => {
  it('is who it says it is', async () => {
    const expected = { session: 'sesn_1', agent: 'ada' };
    expect(await claim({ MEMFSD_SESSION: 'sesn_1', MEMFSD_AGENT: 'ada' })).toEqual(expected);
  });

  it('that names its session alone names no agent', async () => {
    expect(await claim({ MEMFSD_SESSION: 'sesn_1' })).toEqual({ session: 'sesn_1', agent: undefined });
  });

  it('that names no session claims nothing', async () => {
    expect(await claim({ MEMFSD_AGENT: 'ada', XMEMFSD_SESSION: 'x', X: 'MEMFSD_SESSION=x' })).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a line feed', 'a\nb'],
    ['an escape', '\x1b[2J'],
    ['a character that turns text around', 'a\u202eb'],
    ['256 characters', 'x'.repeat(256)],
    ['a blank at its end', 'a '],
  ])('cannot be %s', async (_, session) => {
    expect(await claim({ MEMFSD_SESSION: session })).toBeUndefined();
    expect(await claim({ MEMFSD_SESSION: 'sesn_1', MEMFSD_AGENT: session })).toEqual({
      session: 'sesn_1',
      agent: undefined,
    });
  });

  it('may have 255 characters and blanks', async () => {
    const session = `é ${'x'.repeat(253)}`;
    expect(await claim({ MEMFSD_SESSION: session })).toMatchObject({ session });
  });

  it('that is gone, or that this machine does not know, claims nothing', async () => {
    const { child, pid } = await shell('echo', { MEMFSD_SESSION: 'sesn_1' });
    if (child.exitCode === null) await once(child, 'exit');
    expect(claimBy(pid)).toBeUndefined();
    expect(claimBy(0)).toBeUndefined();
  });
});

describe('another program', () => {
  /** Until the program has become another one; its environment is asked for, which is what is tested. */
  async function becomes(pid: number, session: string): Promise<void> {
    while (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(session)) await sleep(1);
  }

  it.each(['', 'setarch -R '])('in the same process claims for itself, at once (%s)', async (wrapper) => {
    const { child, pid } = await started(
      'sh',
      ['-c', `exec ${wrapper}sh -c 'echo; read line; MEMFSD_SESSION=sesn_2 exec sh -c "read line"'`],
      { MEMFSD_SESSION: 'sesn_1' },
    );
    const claims = new ProcessClaims(never, noTrees);
    for (let i = 0; i < 3; i++) expect(claims.of(pid).claim).toMatchObject({ session: 'sesn_1' });
    child.stdin!.write('\n');
    await becomes(pid, 'sesn_2');
    expect(claims.of(pid).claim).toMatchObject({ session: 'sesn_2' });
  });

  it('begun by a fork claims for itself, at once', async () => {
    const script = '( read line <&3; MEMFSD_SESSION=sesn_2 exec sleep 60 ) & echo $!; wait';
    const { child, output } = await shell(script, { MEMFSD_SESSION: 'sesn_1' });
    const claims = new ProcessClaims(never, noTrees);
    const forked = Number(output);
    try {
      expect(claims.of(forked).claim).toMatchObject({ session: 'sesn_1' });
      (child.stdio[3] as NodeJS.WritableStream).write('\n');
      await becomes(forked, 'sesn_2');
      expect(claims.of(forked).claim).toMatchObject({ session: 'sesn_2' });
    } finally {
      process.kill(forked);
    }
  });
});

describe('a process with threads', () => {
  const threaded = () => started(process.execPath, ['-e', 'console.log(); setTimeout(() => {}, 60_000)'], {});

  it('is read aside, once, and known by the number of each thread', async () => {
    const { pid } = await threaded();
    const asked: number[] = [];
    const inTree: number[] = [];
    const claims = new ProcessClaims(
      (each) => {
        asked.push(each);
        return Buffer.from('A=\0MEMFSD_SESSION=sesn_1\0B=\0');
      },
      { generation: 1, sessionOf: (each) => void inTree.push(each) },
    );
    for (let i = 0; i < 100; i++) expect(claims.of(pid).claim).toMatchObject({ session: 'sesn_1' });
    expect(asked).toEqual([pid]);
    const thread = Number(readdirSync(`/proc/${pid}/task`).find((each) => each !== String(pid)));
    expect(claims.of(thread).claim).toMatchObject({ session: 'sesn_1' });
    expect(inTree).toEqual([pid, pid]);
  });

  it('that could not be read is asked again, later', async () => {
    const { pid } = await threaded();
    let answer: Buffer | null = null;
    const claims = new ProcessClaims(() => answer, noTrees);
    expect(claims.of(pid).claim).toBeUndefined();
    answer = Buffer.from('MEMFSD_SESSION=sesn_1');
    await expect.poll(() => claims.of(pid).claim).toMatchObject({ session: 'sesn_1' });
  });
});

describe('a variable', () => {
  it('is the first of its name, as getenv(3) takes it', () => {
    expect(variable(Buffer.from('A=1\0B=2\0A=3\0'), 'A')).toBe('1');
    expect(variable(Buffer.from('A=1\0B=2\0B=3\0'), 'B')).toBe('2');
    expect(variable(Buffer.from('A=1\0B='), 'B')).toBe('');
    expect(variable(Buffer.from('AB=1\0'), 'B')).toBeUndefined();
    expect(variable(Buffer.alloc(0), 'B')).toBeUndefined();
  });

  it('that is not UTF-8 is not one that is not set', () => {
    expect(variable(Buffer.from([0x41, 0x3d, 0xff, 0]), 'A')).toBeNull();
  });
});
