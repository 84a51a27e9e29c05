/**
 * Daemons of releases before keeper.lock, whose lock was an address in the abstract namespace. They know nothing of the
 * lock file, so they are looked for.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { controlSocket, withSocketName } from '../../api/address.js';
import { MemfsError } from '../../core/errors.js';
import { engineLock } from '../directory/fence.js';
import { isHeld } from '../directory/lock-file.js';
import { peerCredentials } from '../processes/peer-credentials.js';
import { processImage } from '../processes/process.js';

const connectLimit = 2_000;

/** Throws `busy`, with the command that ends such a daemon. */
export async function refuseBesideEarlierRelease(data: string): Promise<void> {
  const keeper = (await keeperAtItsAddress(data)) ?? (await keeperOfEngine(data));
  if (keeper === null) return;
  throw new MemfsError('busy', `a memfsd daemon of an earlier release (process ${keeper}) runs on ${data}`, {
    hint: `kill ${keeper}, then try again; its mounts come back`,
  });
}

/** Node 20 fills the name up with zeros, later versions do not: these are two addresses. */
async function keeperAtItsAddress(data: string): Promise<number | null> {
  const { dev, ino } = statSync(data, { bigint: true });
  const hash = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
  const name = `\0memfsd-keeper-${hash}`;
  for (const address of [name, name.padEnd(108, '\0')]) {
    const peer = await peerAt(() => connect(address));
    // Anybody may listen there; only one's own daemon counts.
    if (peer !== null && peer.uid === process.geteuid?.()) return peer.pid;
  }
  return null;
}

/** Its engine is found from other network namespaces too. Engines of this release hold their lock before they listen. */
async function keeperOfEngine(data: string): Promise<number | null> {
  if (isHeld(engineLock(data))) return null;
  const peer = await peerAt(() => withSocketName(controlSocket(data), (name) => connect(name)));
  if (peer === null || isHeld(engineLock(data))) return null;
  const parent = processImage(peer.pid)?.parent ?? 0;
  return parent > 1 ? parent : peer.pid;
}

/** The process that listens at the other end of a connection; null: none. */
function peerAt(connected: () => Socket): Promise<ReturnType<typeof peerCredentials>> {
  return new Promise((resolve) => {
    const socket = connected();
    const done = (peer: ReturnType<typeof peerCredentials>): void => {
      socket.destroy();
      resolve(peer);
    };
    socket.setTimeout(connectLimit, () => done(null));
    socket.once('error', () => done(null));
    socket.once('connect', () => done(peerCredentials(socket)));
  });
}
