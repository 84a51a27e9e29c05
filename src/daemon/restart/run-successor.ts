import { LockFile } from '../directory/lock-file.js';
import { KeeperProcess } from '../keeper/keeper-process.js';
import { openMessageSocket } from '../keeper/message-socket.js';
import { programs } from '../keeper/programs.js';
import { version } from '../version.js';
import { Predecessor } from './predecessor.js';

/**
 * Makes this process a keeper that goes on with what another one has, which is at the other end of `descriptor`. Resolves
 * when this one serves. Until then the other one holds everything, too: this process ends nothing and unmounts nothing,
 * and when it throws, it is as if it had never been.
 */
export async function succeedKeeper(data: string, descriptor: number): Promise<void> {
  process.umask(0o077);
  const predecessor = new Predecessor(descriptor, openMessageSocket);
  try {
    const successor = new KeeperProcess(data, false);
    const { keeper } = successor;
    const trial = keeper.launch(programs);
    await trial.loaded();
    const { mounts, lock, listener, restart } = await predecessor.loaded(version);
    keeper.inherit(mounts);
    await keeper.promote(trial, programs);
    successor.own(LockFile.adopt(lock), listener);
    keeper.succeeded(restart, predecessor.gone);
    predecessor.taken();
  } catch (error) {
    predecessor.failed(error);
    throw error;
  }
}
