import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agent } from './support/agent.js';
import { Volume } from './support/volume.js';

let volume: Volume;
let ada: Agent;
let bob: Agent;

beforeEach(async () => {
  volume = new Volume();
  ada = new Agent(volume.store, 11, 'ada', { place: { path: '/home/ada/my notes', storeName: 'notes' } });
  bob = new Agent(volume.store, 12, 'bob');
  volume.mkdir('/plans');
  await ada.overwrite('x', 'one\n');
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true });
  volume.destroy();
});

function node(agent: Agent, path: string): number {
  let ino = 1;
  for (const name of path.split('/')) {
    const found = agent.fs.lookup(agent.context, ino, Buffer.from(name));
    if (found.attr === null) throw new Error(`no ${path}`);
    ino = found.attr.ino;
  }
  return ino;
}

function ls(agent: Agent, path: string): string[] {
  const names: string[] = [];
  const add = (name: Buffer): boolean => names.push(name.toString()) > 0;
  agent.fs.readdir(agent.context, node(agent, path), 0, 0, false, { add });
  return names.slice(2);
}

async function cat(agent: Agent, path: string): Promise<string> {
  const ino = node(agent, path);
  const { handle } = await agent.fs.open(agent.context, ino, 0, false);
  const pieces = await agent.fs.read(agent.context, ino, handle, 0, 1 << 20);
  await agent.fs.release(agent.context, ino, handle, null);
  return Buffer.concat([...pieces]).toString();
}

/** Ada is writing when Bob commits. */
async function beOvertaken(): Promise<void> {
  ada.read('x');
  bob.read('x');
  const file = ada.openToPatch('x');
  ada.writeTo(file, 'mine\n');
  expect(await bob.overwrite('x', 'theirs\n')).toBe('ok');
  await expect(ada.close(file)).rejects.toMatchObject({ code: 'conflict' });
}

test('a refused write is kept with what it was made from and what stood in its way', async () => {
  await beOvertaken();
  expect([ls(ada, '.memfs/conflicts'), ls(ada, '.memfs/conflicts/x')]).toEqual([['x'], ['1']]);
  const conflict = '.memfs/conflicts/x/1';
  expect(ls(ada, conflict)).toEqual(['base', 'mine', 'theirs', 'info.json']);
  const sides = await Promise.all(['base', 'mine', 'theirs'].map((side) => cat(ada, `${conflict}/${side}`)));
  expect(sides).toEqual(['one\n', 'mine\n', 'theirs\n']);
  expect(JSON.parse(await cat(ada, `${conflict}/info.json`))).toMatchObject({
    path: '/x',
    number: 1,
    code: 'conflict',
    session: 'sesn_ada',
    resolved: null,
  });
});

test('errors.jsonl says what was refused to the reader, and what to type next', async () => {
  await beOvertaken();
  const [line, ...others] = (await cat(ada, '.memfs/errors.jsonl')).trim().split('\n');
  expect(others).toEqual([]);
  const refusal = JSON.parse(line!) as { commands: string[] };
  expect(refusal).toMatchObject({
    path: '/x',
    operation: 'close',
    code: 'conflict',
    session: 'sesn_ada',
    agent: 'ada',
    conflict: '/home/ada/my notes/.memfs/conflicts/x/1',
  });
  const kept = (side: string): string => `'/home/ada/my notes/.memfs/conflicts/x/1/${side}'`;
  expect(refusal.commands).toEqual([
    `diff -u ${kept('base')} ${kept('mine')}`,
    `diff -u ${kept('mine')} ${kept('theirs')}`,
    `cat '/home/ada/my notes/x' && cp ${kept('mine')} '/home/ada/my notes/x'`,
  ]);
  expect(await cat(bob, '.memfs/errors.jsonl')).toBe('');
  const status = JSON.parse(await cat(ada, '.memfs/status.json')) as { recent_refusals: unknown[] };
  expect(status.recent_refusals).toEqual([refusal]);
});

test('reading about a memory is not reading it', async () => {
  ada.read('x');
  expect(await bob.append('x', 'two\n')).toBe('ok');
  for (const path of ['at/3/x', 'blame/x', 'history/x/000000003-modified-bob'])
    await cat(ada, `.memfs/${path}`);
  expect(await ada.overwrite('x', 'mine\n')).toBe('conflict');
});

test('a conflict at a hidden path is hidden', async () => {
  await beOvertaken();
  const rules = [{ pattern: 'plans/**', access: 'rw' } as const];
  const eve = new Agent(volume.store, 13, 'ada', { scope: { mode: 'read_write', rules } });
  expect(ls(eve, '.memfs/conflicts')).toEqual([]);
  expect(await cat(eve, '.memfs/errors.jsonl')).toBe('');
  expect(() => node(eve, '.memfs/conflicts/x')).toThrow(/no /);
});
