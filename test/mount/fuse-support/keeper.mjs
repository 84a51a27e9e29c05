/**
 * A small keeper: mounts at argv[2], holds the descriptor, and starts an engine that serves it from the
 * directory argv[3]. The first engine dies in INIT; kills the next with SIGKILL argv[4] times, 400 ms apart, and starts another each time. Prints "ready",
 * then "killed", then serves on with the last one until its input ends.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mount } from '../../../dist/fuse/mount.js';
import { native } from '../../../dist/fuse/native.js';

const [, , target, directory, kills] = process.argv;
const addon = native();
const { descriptor } = await mount(target, { source: 'kept', allowOther: false });
let negotiated = null;
let resent = 0;

function start(adopted, env = {}) {
  const [ours, theirs] = addon.socketpair();
  const script = fileURLToPath(new URL('./engine.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, directory], {
    stdio: ['ignore', 'inherit', 'inherit', theirs],
    env: { ...process.env, ...env },
  });
  addon.closeDescriptor(theirs);
  const socket = new addon.DescriptorSocket(
    ours,
    (bytes) => {
      const message = JSON.parse(bytes.toString());
      if (message.negotiated) negotiated = message.negotiated;
      if (message.resent) resent++;
    },
    () => {},
  );
  socket.send(Buffer.from(JSON.stringify({ negotiated, adopted })), [descriptor]);
  return { child, exit: new Promise((resolve) => child.on('exit', resolve)) };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const stopped = new Promise((resolve) => process.stdin.on('end', resolve).resume());

let engine = start(false, { DIE_AT_INIT: '1' });
await engine.exit;
engine = start(true);
console.log('ready');
await pause(600);
for (let i = 0; i < Number(kills); i++) {
  engine.child.kill('SIGKILL');
  await engine.exit;
  engine = start(true);
  await pause(400);
}
console.log('killed', kills, 'resent', resent);
await stopped;
engine.child.kill('SIGKILL');
process.exit(0);
