/** One keeper per data directory. The lock is an address that the kernel frees with its holder. */
import { createServer, type Server } from 'node:net';
import { keeperAddress } from '../api/address.js';
import { askKeeper, type KeeperState } from '../api/client.js';
import { MemfsError } from '../core/errors.js';

export interface KeeperLock {
  release(): void;
}

/** Whoever connects is told the keeper's state: that works while there is no engine, too. */
export async function lockDataDirectory(data: string, state: () => KeeperState): Promise<KeeperLock> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${JSON.stringify(state())}\n`);
  });
  try {
    await listenOn(server, keeperAddress(data));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const keeper = await askKeeper(data).catch(() => null);
    const who = keeper === null ? '' : ` (process ${keeper.pid})`;
    throw new MemfsError('busy', `a memfsd daemon${who} already runs on ${data}`, {
      hint: 'memfsd status, or give another data directory with --data',
    });
  }
  return { release: () => server.close() };
}

function listenOn(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
}
