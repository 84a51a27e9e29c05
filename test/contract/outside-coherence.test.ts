import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileSystem, KernelNotifier } from '../../src/vfs/filesystem.js';
import { Volume } from './support/volume.js';

let volume: Volume;
let mount: FileSystem;
let told: string[];

const recording: KernelNotifier = {
  hasExpiry: true,
  invalidateAttributes: (ino) => void told.push(`attributes ${ino}`),
  invalidatePages: (ino) => {
    told.push(`pages ${ino}`);
    return Promise.resolve();
  },
  expireName: (parent, name) => {
    told.push(`name ${parent} ${Buffer.from(name)}`);
    return Promise.resolve();
  },
};

beforeEach(() => {
  volume = new Volume();
  volume.fs.destroy();
  told = [];
  mount = volume.attach(2, recording);
});
afterEach(() => volume.destroy());

test('a mount that is alone is told of every change from outside', () => {
  const who = { agent: 'cli', session: 'sesn_cli' };
  for (const text of ['one', 'two', 'three']) {
    told = [];
    const { path } = volume.store.write('/a.md', Buffer.from(text), who);
    volume.through(mount, () => {
      const ino = volume.ino(path);
      if (text !== 'one') expect(told, text).toContain(`pages ${ino}`);
      expect(volume.read(path)).toBe(text);
    });
  }
});
