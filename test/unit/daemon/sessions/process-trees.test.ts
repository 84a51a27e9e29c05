import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalog } from '../../../../src/daemon/catalog.js';
import { processFacts, processImage } from '../../../../src/daemon/processes/process.js';
import { ProcessTrees } from '../../../../src/daemon/sessions/process-trees.js';
import { scanProcesses } from '../../../../src/daemon/sessions/scan-processes.js';
import { scanOrder } from '../../../../src/daemon/sessions/tree-scan.js';

let directory: string;
let catalog: Catalog;
let trees: ProcessTrees;
const children: ChildProcess[] = [];
const strays: number[] = [];

const barriers = new Set<number>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-trees-'));
  catalog = new Catalog(join(directory, 'catalog.db'));
  for (const id of ['s1', 's2'])
    catalog.sessions.put({ id, agent: 'ada', origin: 'begin', begun_at: '2026', ended_at: null });
  trees = new ProcessTrees(catalog.sessions, barriers);
});
afterEach(async () => {
  barriers.clear();
  for (const pid of strays.splice(0)) if (isThere(pid)) process.kill(pid, 'SIGKILL');
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  catalog.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Another engine begins. */
function again(): void {
  catalog.close();
  catalog = new Catalog(join(directory, 'catalog.db'));
  trees = new ProcessTrees(catalog.sessions, barriers);
}

const isThere = (pid: number): boolean => !['Z', 'X', undefined].includes(processFacts(pid)?.state);

/** A shell that carries out one line after the other, and answers each with what that prints. */
class Shell {
  readonly #lines: Interface;
  readonly process: ChildProcess;
  readonly pid: number;

  constructor(command = 'bash', args: readonly string[] = []) {
    this.process = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(this.process);
    this.pid = this.process.pid!;
    this.#lines = createInterface(this.process.stdout!);
  }

  async number(line: string): Promise<number> {
    this.process.stdin!.write(`${line}\n`);
    const [text] = (await once(this.#lines, 'line')) as [string];
    const pid = Number(text);
    if (pid !== this.pid) strays.push(pid);
    return pid;
  }

  /** Begins `sleep` in the background. */
  sleep = (): Promise<number> => this.number('sleep 60 >/dev/null & echo $!');

  async end(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.stdin!.end();
    await ended;
  }
}

const begin = (pid: number, session = 's1'): void => trees.begin(pid, processFacts(pid)!.started, session);

const scan = (): string[] => trees.learn(scanProcesses(scanOrder(trees, [...barriers])));

describe('a session that is begun for a process', () => {
  it('has it and what it starts, before and after, at any depth', async () => {
    const shell = new Shell();
    const before = await shell.sleep();
    expect(trees.sessionOf(before)).toBeUndefined();
    begin(shell.pid);
    const inner = await shell.number("bash -c 'sleep 60 & echo $!; wait' & ");
    expect([shell.pid, before, inner].map((pid) => trees.sessionOf(pid))).toEqual(['s1', 's1', 's1']);
    expect(trees.sessionOf(process.pid)).toBeUndefined();
    expect(trees.sessionOf(1)).toBeUndefined();
  });

  it('keeps a process whose parents end after it asked for something', async () => {
    const shell = new Shell();
    begin(shell.pid);
    const child = await shell.sleep();
    expect(trees.sessionOf(child)).toBe('s1');
    await shell.end();
    expect(trees.sessionOf(child)).toBe('s1');
  });

  it('keeps one that was only seen by the look at all processes', async () => {
    const shell = new Shell();
    begin(shell.pid);
    const child = await shell.sleep();
    expect(scan()).toEqual([]);
    await shell.end();
    expect(trees.sessionOf(child)).toBe('s1');
    expect(scan()).toEqual([]);
    process.kill(child, 'SIGKILL');
    await expect.poll(() => isThere(child)).toBe(false);
    expect(scan()).toEqual(['s1']);
    expect(trees.size).toBe(0);
    expect(catalog.sessions.processes()).toEqual([]);
  });

  it('keeps a process whose main thread ends, with what that starts then', async () => {
    const program = `
import ctypes, subprocess, sys, threading
def go():
    for line in sys.stdin: print(subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL).pid, flush=True)
threading.Thread(target=go).start(); ctypes.CDLL(None).pthread_exit(None)`;
    const shell = new Shell('python3', ['-c', program]);
    const { pid } = shell;
    begin(pid);
    await expect.poll(() => processFacts(pid)?.state).toBe('Z');
    expect(scan()).toEqual([]);
    expect(trees.sessionOf(pid)).toBe('s1');
    expect(trees.sessionOf(await shell.number(''))).toBe('s1');
    again();
    expect(trees.emptied).toEqual([]);
    await shell.number('');
    expect(scan()).toEqual([]);
    expect(trees.members()).toHaveLength(3);
  });

  it('has all of a session of processes that its process leads, whoever became their parent', async () => {
    const shell = new Shell('setsid', ['bash']);
    begin(shell.pid);
    const orphan = await shell.number("bash -c 'sleep 60 >/dev/null & echo $!'");
    await expect.poll(() => processImage(orphan)?.parent).not.toBe(shell.pid);
    expect(trees.sessionOf(orphan)).toBe('s1');
    expect(scan()).toEqual([]);
    expect(trees.members().map(({ pid }) => pid)).toContain(orphan);
  });
});

describe('a session inside of another', () => {
  it("takes what is below it, also what was the outer one's", async () => {
    const shell = new Shell();
    begin(shell.pid, 's1');
    const inner = await shell.number("bash -c 'echo $$; sleep 60 & wait' &");
    await expect.poll(() => childrenOf(inner)).toHaveLength(1);
    const [below] = childrenOf(inner);
    strays.push(below!);
    scan();
    expect([inner, below!].map((pid) => trees.sessionOf(pid))).toEqual(['s1', 's1']);
    begin(inner, 's2');
    expect([shell.pid, inner, below!].map((pid) => trees.sessionOf(pid))).toEqual(['s1', 's2', 's2']);
    expect(scan()).toEqual([]);
    expect(trees.sessionOf(below!)).toBe('s2');
  });

  /** Begins `s1` for what leads a session of processes, and `s2` in it; the numbers of a child of that, and of an orphan. */
  async function nested(
    first: 's1' | 's2',
  ): Promise<{ outer: Shell; inner: number; child: number; orphan: number }> {
    const outer = new Shell('setsid', ['bash']);
    const inner = await outer.number(
      `bash -c 'echo $$; until [ -e ${directory}/go ]; do sleep 0.01; done; sleep 60 & (sleep 61 &); wait' &`,
    );
    const sessions = [() => begin(outer.pid, 's1'), () => begin(inner, 's2')];
    for (const each of first === 's1' ? sessions : sessions.reverse()) each();
    writeFileSync(join(directory, 'go'), '');
    const numbered = (seconds: number): number | undefined =>
      allProcesses().find((pid) => {
        const image = processImage(pid);
        return image?.leader === outer.pid && !image.forked && commandOf(pid) === `sleep\0${seconds}\0`;
      });
    await expect.poll(() => [60, 61].map(numbered)).not.toContain(undefined);
    const [child, orphan] = [numbered(60)!, numbered(61)!];
    strays.push(child, orphan);
    await expect.poll(() => [inner, outer.pid]).not.toContain(processImage(orphan)?.parent);
    return { outer, inner, child, orphan };
  }

  it.each(['s1', 's2'] as const)(
    'has the children that nobody saw, and leaves open whose an orphan is (%s first)',
    async (first) => {
      const { outer, child, orphan } = await nested(first);
      expect(trees.sessionOf(orphan)).toBeUndefined();
      expect(trees.doubtOf(orphan)).toEqual({ outer: 's1', inner: ['s2'] });
      expect(trees.sessionOf(child)).toBe('s2');
      scan();
      again();
      expect(trees.sessionOf(orphan)).toBeUndefined();
      expect(trees.doubtOf(orphan)).toEqual({ outer: 's1', inner: ['s2'] });
      const sibling = await outer.sleep();
      expect(trees.sessionOf(sibling)).toBe('s1');
      expect(trees.doubtOf(sibling)).toBeUndefined();
    },
  );

  it('has by a look at all what its parents tell, and not who leads', async () => {
    const { inner, child, orphan } = await nested('s1');
    scan();
    const members = new Map(trees.members().map(({ pid, session }) => [pid, session]));
    expect([inner, child, orphan].map((pid) => members.get(pid))).toEqual(['s2', 's2', undefined]);
  });
});

const allProcesses = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);

const childrenOf = (parent: number): number[] =>
  allProcesses().filter((pid) => processImage(pid)?.parent === parent);

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
};

describe('the next engine', () => {
  it('knows them all, orphans too', async () => {
    const shell = new Shell();
    begin(shell.pid);
    const child = await shell.sleep();
    scan();
    again();
    expect(trees.sessionOf(child)).toBe('s1');
    await shell.end();
    again();
    expect(trees.sessionOf(child)).toBe('s1');
    expect(trees.emptied).toEqual([]);
  });

  it('hears of sessions whose processes have ended meanwhile', async () => {
    const shell = new Shell();
    begin(shell.pid);
    await shell.end();
    again();
    expect(trees.emptied).toEqual(['s1']);
    expect(catalog.sessions.processes()).toEqual([]);
  });

  it('takes no other process with the same number for one of them', async () => {
    const shell = new Shell();
    begin(shell.pid);
    const [row] = catalog.sessions.processes();
    catalog.sessions.putProcess({ ...row!, identity: 'another boot:1' });
    again();
    expect(trees.sessionOf(shell.pid)).toBeUndefined();
  });
});

describe("the daemon's own processes", () => {
  it('belong to nobody, with all that they start', async () => {
    const shell = new Shell();
    const daemon = await shell.number("bash -c 'echo $$; sleep 60 & wait' &");
    await expect.poll(() => childrenOf(daemon)).toHaveLength(1);
    const [below] = childrenOf(daemon);
    strays.push(below!);
    barriers.add(daemon);
    begin(shell.pid);
    scan();
    expect([shell.pid, daemon, below!].map((pid) => trees.sessionOf(pid))).toEqual([
      's1',
      undefined,
      undefined,
    ]);
    expect(trees.members().map(({ pid }) => pid)).not.toContain(daemon);
  });
});

it('says when an answer may be another one', async () => {
  const shell = new Shell();
  const first = trees.generation;
  begin(shell.pid);
  const second = trees.generation;
  expect(second).not.toBe(first);
  scan();
  expect(trees.generation).toBe(second);
  await shell.sleep();
  scan();
  expect(trees.generation).not.toBe(second);
  expect(existsSync(`/proc/${shell.pid}`)).toBe(true);
});
