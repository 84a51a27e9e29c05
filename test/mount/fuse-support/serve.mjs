/**
 * Mounts a MemoryFileSystem at argv[2] and serves it until it is unmounted. Prints "ready", then answers
 * each line of its input with "done": what another mount of the same store would do.
 *   set NAME TEXT    change a file (or make it) and invalidate it
 *   epoch            FUSE_NOTIFY_INC_EPOCH
 *   quiet NAME TEXT  change a file and tell the kernel nothing
 */
import { createInterface } from 'node:readline';
import { mount } from '../../../dist/fuse/mount.js';
import { Session, TransferBuffers } from '../../../dist/fuse/session.js';
import { MemoryFileSystem } from './memory-file-system.mjs';

const log = {
  warn: (fields, message) => console.error('warn', message, fields),
  error: (fields, message) => console.error('error', message, fields),
};

const fileSystem = new MemoryFileSystem();
let notifier;
const { descriptor } = await mount(process.argv[2], { source: 'memory', allowOther: false });
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
  onNegotiated: (state) => console.log('negotiated', JSON.stringify(state)),
  onEnd: (errno) => {
    console.log('end', errno);
    input.close();
  },
});
session.start();

function change(name, text) {
  const root = fileSystem.get(1).entries;
  if (!root.has(name)) fileSystem.create({ uid: 0, gid: 0 }, 1, Buffer.from(name), 0o644);
  const node = fileSystem.get(root.get(name));
  fileSystem.resize(node, 0);
  fileSystem.write(null, node.ino, node.ino, 0, Buffer.from(text), { flags: 0, fromCache: false });
  return node.ino;
}

const input = createInterface({ input: process.stdin });
input.on('line', async (line) => {
  const [command, name, text] = line.split(' ');
  if (command === 'epoch') notifier.advanceEpoch();
  if (command === 'quiet') change(name, text);
  if (command === 'set') await notifier.invalidatePages(change(name, text));
  console.log('done', command, fileSystem.waiting.size);
});
console.log('ready', process.pid);
