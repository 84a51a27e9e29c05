/**
 * Mounts a MemoryFileSystem at argv[2] and serves it until it is unmounted. Prints "ready", then answers
 * each line of its input with "done": what another mount of the same store would do.
 *   set NAME TEXT    change a file (or make it) and invalidate it
 *   expire INO NAME  make the kernel ask again for a name in a directory; INO may be the name of one in the root
 *   slow NAME        answer no LOOKUP of the name until `go`
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

const slow = new Set();
const held = [];
const lookup = fileSystem.lookup.bind(fileSystem);
fileSystem.lookup = (context, parent, name) => {
  if (!slow.has(name.toString())) return lookup(context, parent, name);
  const copy = Buffer.from(name);
  return new Promise((resolve) => held.push(() => resolve(lookup(context, parent, copy))));
};

const inodeOf = (name) => (/^\d+$/.test(name) ? Number(name) : fileSystem.get(1).entries.get(name));

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
  if (command === 'expire') await notifier.expireName(inodeOf(name), Buffer.from(text));
  if (command === 'slow') slow.add(name);
  if (command === 'go') {
    slow.clear();
    for (const answer of held.splice(0)) answer();
  }
  if (command === 'quiet') change(name, text);
  if (command === 'set') await notifier.invalidatePages(change(name, text));
  console.log('done', command, fileSystem.waiting.size, held.length);
});
console.log('ready', process.pid);
