/**
 * Mounts at argv[2] a file `f` whose reads are never answered, holds a lock of SQLite on argv[3] and that of the file
 * argv[4], and on any input invalidates the pages of `f`: the notifier then waits for a read that never ends.
 */
import { openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { mount } from '../../../dist/fuse/mount.js';
import { native } from '../../../dist/fuse/native.js';
import { Session, TransferBuffers } from '../../../dist/fuse/session.js';
import { MemoryFileSystem } from './memory-file-system.mjs';

const log = { warn: () => {}, error: () => {} };

class Stuck extends MemoryFileSystem {
  read() {
    console.log('reading');
    return new Promise(() => {});
  }
}

const database = new Database(process.argv[3]);
native().lockFile(openSync(process.argv[4], 'w'));
const fileSystem = new Stuck();
const { ino } = fileSystem.add({ uid: 0, gid: 0 }, 1, Buffer.from('f'), 0o100644);
fileSystem.resize(fileSystem.get(ino), 4096);
const { descriptor, id, control } = await mount(process.argv[2], { source: 'stuck', allowOther: false });
let notifier;
const session = new Session({
  descriptor,
  connection: 1,
  negotiated: null,
  attach: (made) => {
    notifier = made;
    return fileSystem;
  },
  log,
  buffers: new TransferBuffers(),
  onNegotiated: () => {},
  onEnd: () => process.exit(0),
});
database.exec('BEGIN EXCLUSIVE');
session.start();
process.stdin.on('data', async () => {
  const before = performance.now();
  const wait = notifier.invalidatePages(ino);
  console.log('posted');
  await wait;
  console.log('waited', Math.round(performance.now() - before), notifier.coherent);
});
console.log('ready', process.pid, id, control);
