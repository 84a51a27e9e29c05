import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agent } from './support/agent.js';
import { Volume } from './support/volume.js';

let volume: Volume;
let writer: Agent;
let reader: Agent;
let idle: Agent;
beforeEach(async () => {
  volume = new Volume();
  writer = new Agent(volume.store, 11, 'writer');
  reader = new Agent(volume.store, 12, 'reader');
  idle = new Agent(volume.store, 13, 'idle');
  await writer.overwrite('x', 'one\n');
});
afterEach(() => volume.destroy());

/** What each has been told since the last call: `pages`, `attributes` of x, `names`. */
function told(): Record<string, string[]> {
  const heard = { writer: writer.takeTold(), reader: reader.takeTold(), idle: idle.takeTold() };
  return Object.fromEntries(Object.entries(heard).filter(([, words]) => words.length > 0));
}

test('a change of content is told to those who have read the file, once', async () => {
  reader.read('x');
  told();
  await writer.overwrite('x', 'two\n');
  expect(told()).toEqual({ reader: ['pages'] });
  await writer.overwrite('x', 'three\n');
  expect(told()).toEqual({});
  reader.read('x');
  await writer.overwrite('x', 'four\n');
  expect(told()).toEqual({ reader: ['pages'] });
});

test('a change of attributes is told to those who have asked for them', () => {
  const ino = reader.ino('x');
  told();
  writer.fs.setattr(writer.context, ino, { mode: 0o600 });
  expect(told()).toEqual({ reader: ['attributes'] });
  writer.fs.setattr(writer.context, ino, { mode: 0o644 });
  expect(told()).toEqual({});
  reader.fs.getattr(reader.context, ino, null);
  writer.fs.setattr(writer.context, ino, { mode: 0o600 });
  expect(told()).toEqual({ reader: ['attributes'] });
});

test('a change of names is told to nobody: all ask for each name again', async () => {
  reader.ino('x');
  expect(() => idle.ino('y')).toThrow('y');
  told();
  await writer.rename('x', 'y');
  expect(Object.values(told()).flat()).not.toContain('names');
});

test('who has forgotten the inode is not told', async () => {
  reader.read('x');
  reader.fs.forget(reader.ino('x'), 100);
  told();
  await writer.overwrite('x', 'two\n');
  expect(told()).toEqual({});
});

test('a mount that was alone hears of everything', async () => {
  volume.crash();
  writer = new Agent(volume.store, 11, 'writer');
  writer.read('x');
  reader = new Agent(volume.store, 12, 'reader');
  idle = new Agent(volume.store, 13, 'idle');
  await reader.overwrite('x', 'two\n');
  expect(writer.takeTold()).toContain('pages');
});

test('a commit waits for the pages that an earlier one has made others drop', async () => {
  let dropped = (): void => {};
  reader.onDrop = () => new Promise((resolve) => (dropped = resolve));
  reader.read('x');
  const first = writer.overwrite('x', 'two\n');
  const second = idle.overwrite('x', 'three\n');
  let done = 0;
  for (const each of [first, second]) void each.then(() => done++);
  await new Promise(setImmediate);
  expect(done).toBe(0);
  dropped();
  expect(await Promise.all([first, second])).toEqual(['ok', 'ok']);
});
