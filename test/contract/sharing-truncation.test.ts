import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agent } from './support/agent.js';
import { Volume } from './support/volume.js';

let volume: Volume;
let ada: Agent;
let bob: Agent;
beforeEach(async () => {
  volume = new Volume();
  ada = new Agent(volume.store, 11, 'ada');
  bob = new Agent(volume.store, 12, 'bob');
  await ada.overwrite('x', 'one\n');
});
afterEach(() => volume.destroy());

const sizeFor = (agent: Agent): number => {
  const { attr } = agent.fs.lookup(agent.context, 1, Buffer.from('x'));
  return attr!.size;
};

test('a truncation is seen by other mounts once its descriptor is closed', async () => {
  const file = ada.openToOverwrite('x');
  expect(sizeFor(bob)).toBe(4);
  await ada.fs.flush(ada.context, file.ino, file.handle, 1n);
  expect(bob.invalidated).toContain(file.ino);
  expect(sizeFor(bob)).toBe(0);
  expect(bob.read('x')).toBe('');
});

test('looking goes on where the truncation may not become a version', async () => {
  ada.read('x');
  const file = ada.openToOverwrite('x');
  await ada.fs.flush(ada.context, file.ino, file.handle, 1n);
  volume.store.write('/x', Buffer.from('from outside\n'), { agent: 'eve', session: 'sesn_eve' });
  expect(sizeFor(bob)).toBe(13);
  expect(bob.read('x')).toBe('from outside\n');
});

test('it makes no version when nobody looks before the bytes come', async () => {
  const file = ada.openToOverwrite('x');
  await ada.fs.flush(ada.context, file.ino, file.handle, 1n);
  ada.writeTo(file, 'two\n');
  expect(sizeFor(bob)).toBe(4);
  await ada.close(file);
  expect(volume.journal('/x')).toEqual(['created /x', 'modified /x']);
  expect(bob.read('x')).toBe('two\n');
});
