/** Mounts a MemoryFileSystem at argv[2] and serves it until it is unmounted. Prints "ready". */
import { mount } from '../../../dist/fuse/mount.js';
import { Session, TransferBuffers } from '../../../dist/fuse/session.js';
import { MemoryFileSystem } from './memory-file-system.mjs';

const log = {
  warn: (fields, message) => console.error('warn', message, fields),
  error: (fields, message) => console.error('error', message, fields),
};

const { descriptor } = await mount(process.argv[2], { source: 'memory', allowOther: false });
const session = new Session({
  descriptor,
  connection: 1,
  negotiated: null,
  attach: (notifier) => {
    const fileSystem = new MemoryFileSystem();
    fileSystem.notifier = notifier;
    return fileSystem;
  },
  log,
  buffers: new TransferBuffers(),
  onNegotiated: (state) => console.log('negotiated', JSON.stringify(state)),
  onEnd: (errno) => console.log('end', errno),
});
session.start();
console.log('ready');
