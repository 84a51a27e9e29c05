import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommitPolicy } from '../../src/vfs/policy.js';
import { Agent, said } from './support/agent.js';
import { options, Volume } from './support/volume.js';

/** Refuses `no`, notes `hm`. */
const policy: CommitPolicy = ({ content, path }) => {
  const text = Buffer.concat(content.read(0, content.size)).toString();
  if (text.includes('no')) return { verdict: 'refuse', reason: `${path.toString()} says no` };
  return text.includes('hm') ? { verdict: 'flag', flags: ['doubt'] } : { verdict: 'accept' };
};

let volume: Volume;
let ada: Agent;
beforeEach(() => {
  volume = new Volume();
  volume.crash({ ...options, policy });
  ada = new Agent(volume.store, 11, 'ada');
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  volume.destroy();
});

const flags = (): string[] => [...volume.store.log({})].map((record) => record.flags.join());

test('what the policy notes is in the record, and not in others', async () => {
  await ada.overwrite('x', 'hm');
  await ada.overwrite('x', 'yes');
  await ada.overwrite('y.new', 'hm!');
  await ada.overwrite('y', 'yes');
  await ada.rename('y.new', 'y');
  expect(flags()).toEqual(['doubt', '', 'doubt', '', '', 'doubt']);
});

test('it stays what it was when the policy has changed before a crash is made good', async () => {
  await ada.overwrite('x', 'hm');
  await ada.overwrite('y', 'yes');
  volume.crash({ ...options, policy: () => ({ verdict: 'refuse', reason: 'everything' }) });
  expect(flags()).toEqual(['doubt', '']);
});

test('what it refuses is not there, and the file is what it was', async () => {
  await ada.overwrite('x', 'yes');
  expect(await ada.overwrite('x', 'no')).toBe('refused_by_policy');
  expect(ada.read('x')).toBe('yes');
  expect(ada.invalidated).toContain(ada.ino('x'));
  expect(await ada.append('x', ' or no')).toBe('refused_by_policy');
  expect(ada.read('x')).toBe('yes');
});

test('a new file that it refuses is not made', async () => {
  expect(await ada.overwrite('x', 'no')).toBe('refused_by_policy');
  expect(() => ada.ino('x')).toThrow('x');
  expect(await ada.overwrite('x', 'yes')).toBe('ok');
});

test('it is asked for what a rename puts in place, and for what the command line writes', async () => {
  await ada.overwrite('x', 'yes');
  await ada.overwrite('a.tmp', 'no');
  expect(await ada.rename('a.tmp', 'x')).toBe('refused_by_policy');
  expect(await ada.rename('a.tmp', 'new')).toBe('refused_by_policy');
  const actor = { agent: 'ada', session: 'sesn_ada' };
  expect(() => volume.store.write('/x', Buffer.from('no'), actor)).toThrow('/x says no');
  expect(ada.read('x')).toBe('yes');
  expect(ada.read('a.tmp')).toBe('no');
});

test('it is asked for what a conflict would keep, too', async () => {
  const bob = new Agent(volume.store, 12, 'bob');
  await ada.overwrite('x', 'yes');
  ada.read('x');
  const file = ada.openToOverwrite('x');
  ada.writeTo(file, 'no');
  await bob.overwrite('x', 'yes!');
  expect(await said(() => ada.close(file))).toBe('conflict');
  expect(volume.store.conflicts({})).toMatchObject([{ operation: 'close', mine_sha256: null }]);
});

test('a refusal that nobody can be told is made all the same', async () => {
  await ada.overwrite('x', 'yes');
  const file = ada.openToOverwrite('x');
  ada.writeTo(file, 'no');
  ada.fs.destroy();
  expect(Buffer.concat([...volume.store.show('/x').chunks]).toString()).toBe('yes');
});

test('it holds over a crash between the write and the close', async () => {
  await ada.overwrite('x', 'yes');
  const file = ada.openToOverwrite('x');
  ada.writeTo(file, 'no');
  await volume.store.sync();
  volume.crash({ ...options, policy });
  ada = new Agent(volume.store, 11, 'ada');
  expect(await said(() => ada.close(file))).toBe('refused_by_policy');
  expect(ada.read('x')).toBe('yes');
});
