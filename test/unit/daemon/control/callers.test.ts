import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, Callers } from '../../../../src/daemon/control/callers.js';
import { Peers } from '../../../../src/daemon/processes/peers.js';
import { processFacts } from '../../../../src/daemon/processes/process.js';

let directory: string;
let server: Server;
let connections: Socket[];
let inTree: Map<number, string>;
let inDoubt: Map<number, { outer: string; inner: string[] }>;
let callers: Callers;
const children: ChildProcess[] = [];

const path = (): string => join(directory, 's');

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-callers-'));
  connections = [];
  inTree = new Map();
  inDoubt = new Map();
  const peers = new Peers();
  callers = new Callers({
    peerOf: (socket) => peers.of(socket),
    treeOf: (pid) => inTree.get(pid),
    doubtOf: (pid) => inDoubt.get(pid),
  });
  server = createServer((socket) => {
    peers.accept(socket);
    socket.on('error', () => {});
    connections.push(socket);
  });
  server.listen(path());
  await once(server, 'listening');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const socket of connections) socket.destroy();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const begin = `
import ctypes, os, socket, sys, time
def connect():
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.set_inheritable(True); return s
def say(word): print(word, flush=True)
def wait(): return sys.stdin.readline()
`;

const { PATH: searched } = process.env;

/** A Python program that says a word when it is to be looked at. */
async function program(text: string, environment: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = spawn('python3', ['-SE', '-c', begin + text, path()], {
    env: { PATH: searched, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout!, 'data');
  await expect.poll(() => connections.length).toBeGreaterThan(0);
  return child;
}

async function next(child: ChildProcess): Promise<void> {
  const said = once(child.stdout!, 'data');
  child.stdin!.write('\n');
  await said;
}

const who = (): Promise<Caller> => callers.of(connections[0]!);

async function callerWith(environment: NodeJS.ProcessEnv): Promise<Caller> {
  await program('s = connect(); say("x"); wait()', environment);
  return who();
}

const session = (name: string, agent: string | null = null): Caller => ({
  kind: 'session',
  session: name,
  agent,
  claimed: true,
});

describe('who calls', () => {
  it('is the owner when no session is named', async () => {
    const environment = { MEMFSD_AGENT: 'ada', XMEMFSD_SESSION: 'x', X: 'MEMFSD_SESSION=x', EMPTY: '' };
    expect(await callerWith(environment)).toEqual({ kind: 'owner' });
  });

  it('is the owner with no environment at all', async () => {
    expect(await callerWith({ PATH: undefined })).toEqual({ kind: 'owner' });
  });

  it('is the session that is named, and the agent if that is one', async () => {
    expect(await callerWith({ MEMFSD_SESSION: 'intern', MEMFSD_AGENT: 'ada' })).toEqual(
      session('intern', 'ada'),
    );
    connections.length = 0;
    expect(await callerWith({ MEMFSD_SESSION: 'intern', MEMFSD_AGENT: 'a\nb' })).toEqual(session('intern'));
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['two lines', 'a\nb'],
    ['too much', 'x'.repeat(256)],
  ])('is not known when the session is named %s', async (_, name) => {
    expect(await callerWith({ MEMFSD_SESSION: name })).toMatchObject({
      kind: 'unknown',
      hint: expect.stringContaining('unset MEMFSD_SESSION'),
    });
  });

  it('is not known when the name is not text', async () => {
    const exec =
      'os.execve(sys.executable, [sys.executable, "-SE", "-c", sys.argv[2]], {b"MEMFSD_SESSION": b"\\xff"})';
    await program(`s = connect(); sys.argv.append("input(1)"); ${exec}`);
    expect(await who()).toMatchObject({
      kind: 'unknown',
      hint: expect.stringContaining('unset MEMFSD_SESSION'),
    });
  });

  it('is who the tree says, whatever the environment does', async () => {
    for (const name of ['other', '', undefined]) {
      connections.length = 0;
      const { pid } = await program('s = connect(); say("x"); wait()', { MEMFSD_SESSION: name });
      inTree.set(pid!, 'shell');
      expect(await who()).toEqual({ kind: 'session', session: 'shell', agent: null, claimed: false });
    }
  });
});

describe('a process that descends from one of several sessions', () => {
  it.each([
    ['the inner one that it names', 'intern', session('intern')],
    ['not known when it names the outer one', 'wide', { kind: 'unknown' }],
    ['not known when it names another', 'boss', { kind: 'unknown' }],
    [
      'not known when it names none',
      undefined,
      { kind: 'unknown', why: expect.stringContaining('wide, intern') },
    ],
  ])('is %s', async (_, name, expected) => {
    const { pid } = await program('s = connect(); say("x"); wait()', { MEMFSD_SESSION: name });
    inDoubt.set(pid!, { outer: 'wide', inner: ['intern'] });
    for (let i = 0; i < 2; i++) expect(await who()).toMatchObject(expected);
  });
});

describe('another program in the same process', () => {
  const asRestricted = `
s = connect(); say("x"); wait()
os.environ['MEMFSD_SESSION'] = 'intern'
os.execv(sys.executable, [sys.executable, '-SE', '-c', 'print(1, flush=True); input()'])
`;

  it('is looked at anew, at once and on the same connection', async () => {
    const child = await program(asRestricted);
    expect(await who()).toEqual({ kind: 'owner' });
    await next(child);
    expect(await who()).toEqual(session('intern'));
  });
});

describe('a process whose main thread has ended', () => {
  const withoutLeader = `
import threading
def go(): s = connect(); say("x"); wait()
threading.Thread(target=go).start(); ctypes.CDLL(None).pthread_exit(None)`;

  it.each([
    ['the session that it names', { MEMFSD_SESSION: 'intern' }, session('intern')],
    ['the owner when it names none', {}, { kind: 'owner' } as const],
  ])('is %s', async (_, environment, caller) => {
    const { pid } = await program(withoutLeader, environment);
    await expect.poll(() => processFacts(pid!)?.state).toBe('Z');
    expect(await who()).toEqual(caller);
  });
});

describe('a process that has ended', () => {
  it('is not known, though another one has its connection', async () => {
    await program(
      `
s = connect() if os.fork() == 0 else None
if s: say("x"); os._exit(0)
os.wait(); say("y"); wait()`,
      { MEMFSD_SESSION: 'intern' },
    );
    await expect.poll(async () => (await who()).kind).toBe('unknown');
  });

  it('is not the owner while nobody has waited for it', async () => {
    const child = await program(
      `
pid = os.fork()
if pid == 0: s = connect(); os._exit(0)
say(pid); wait()`,
      { MEMFSD_SESSION: 'intern' },
    );
    await expect.poll(async () => (await who()).kind).toBe('unknown');
    expect(processFacts(child.pid!)).not.toBeNull();
  });
});

it('is not the owner when what it began with is written over', async () => {
  const child = await program(
    `
s = connect(); say("x"); wait()
start, end = [int(n) for n in open('/proc/self/stat').read().rsplit(')', 1)[1].split()[47:49]]
ctypes.memmove(start, b'a title that is long'.ljust(end - start, b'\\0')[:end - start], end - start)
say("y"); wait()`,
    { MEMFSD_SESSION: 'intern' },
  );
  await next(child);
  expect(await who()).toMatchObject({
    kind: 'unknown',
    hint: expect.stringContaining(`memfsd session begin --pid ${child.pid}`),
  });
});

it('is not known on a connection that was not accepted', async () => {
  await program('s = connect(); say("x"); wait()');
  expect(
    await new Callers({ peerOf: () => undefined, treeOf: () => undefined, doubtOf: () => undefined }).of(
      connections[0]!,
    ),
  ).toMatchObject({ kind: 'unknown' });
});

it('is not known where processes are not to be seen', async () => {
  await program('s = connect(); say("x"); wait()');
  const elsewhere = new Callers({
    peerOf: () => ({ pid: 0, hasEnded: () => false }),
    treeOf: () => undefined,
    doubtOf: () => undefined,
  });
  expect(await elsewhere.of(connections[0]!)).toMatchObject({
    kind: 'unknown',
    hint: expect.stringContaining('pid namespace'),
  });
});
