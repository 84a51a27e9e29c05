/** Asks the keeper, which answers from memory and while there is no engine, too. */
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { MemfsError } from '../../core/errors.js';
import { keeperSocket, withSocketName } from '../address.js';
import { KeeperState } from '../keeper-state.js';

const patience = 2_000;

/** The keeper of the data directory, or null when there is none. Throws `unreachable` when it gives no answer. */
export async function askKeeper(data: string): Promise<KeeperState | null> {
  for (let attempts = 1; ; attempts++) {
    const text = await askOnce(data);
    if (text === null) return null;
    try {
      return KeeperState.parse(JSON.parse(text));
    } catch (cause) {
      // A keeper that ends just now closes the connection; a moment later nobody listens any more.
      if (attempts === 3)
        throw new MemfsError('unreachable', 'the keeper gave no sensible answer', {
          hint: 'memfsd doctor',
          cause,
        });
      await delay(50);
    }
  }
}

/** What it says until it closes the connection. */
function askOnce(data: string): Promise<string | null> {
  if (!isThere(data)) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = withSocketName(keeperSocket(data), (name) => connect(name));
    socket.setTimeout(patience, () => {
      socket.destroy();
      reject(new MemfsError('unreachable', 'the keeper does not answer', { hint: 'memfsd doctor' }));
    });
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(isNotListening(error) ? null : text));
    socket.on('end', () => resolve(text));
  });
}

/**
 * False: there is no such directory. A socket in one of another user is not spoken to, as anybody may answer there: throws
 * `access_denied`.
 */
export function isThere(data: string): boolean {
  const facts = statSync(data, { throwIfNoEntry: false });
  if (facts !== undefined && facts.uid !== process.geteuid?.())
    throw new MemfsError('access_denied', `the data directory ${data} belongs to another user`, {
      hint: 'choose another with --data or MEMFSD_HOME',
    });
  return facts !== undefined;
}

export const isNotListening = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '') &&
  (error as NodeJS.ErrnoException).syscall === 'connect';
