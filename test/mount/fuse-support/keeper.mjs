/**
 * A small keeper: mounts at argv[2], holds the descriptor, and starts an engine that serves it from the
 * directory argv[3]. The first engine dies in INIT; kills the next with SIGKILL a moment after it serves, and starts another,
 * argv[4] times and until a call was under way at one of these moments. Prints "ready", then "killed", then serves on
 * with the last one until its input ends.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mount } from '../../../dist/fuse/mount.js';
import { native } from '../../../dist/fuse/native.js';

const [, , target, directory, kills] = process.argv;
const most = 100;
const addon = native();
const { descriptor } = await mount(target, { source: 'kept', allowOther: false });
let negotiated = null;
let resent = 0;
let serving = () => {};

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
      if (message.serving) serving();
    },
    () => {},
  );
  socket.send(Buffer.from(JSON.stringify({ negotiated, adopted })), [descriptor]);
  const served = new Promise((resolve) => {
    serving = resolve;
  });
  return { child, served, exit: new Promise((resolve) => child.on('exit', resolve)) };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const stopped = new Promise((resolve) => process.stdin.on('end', resolve).resume());

let engine = start(false, { DIE_AT_INIT: '1' });
await engine.exit;
engine = start(true);
console.log('ready');
let killed = 0;
for (; killed < Number(kills) || (resent === 0 && killed < most); killed++) {
  await engine.served;
  await pause(Math.random() * 200);
  engine.child.kill('SIGKILL');
  await engine.exit;
  engine = start(true);
}
await engine.served;
console.log('killed', killed, 'resent', resent);
await stopped;
engine.child.kill('SIGKILL');
process.exit(0);
