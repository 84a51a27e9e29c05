import { prepareDataDirectory } from '../directory/data-directory.js';
import { lockDataDirectory } from './keeper-lock.js';
import { KeeperProcess } from './keeper-process.js';

/**
 * Makes this process a keeper. Resolves once the first engine is started; the process exits when the keeper is done.
 * `lock` is the descriptor of the data directory's lock if its starter took it. Throws `busy` when a daemon runs on these
 * data.
 */
export async function runKeeper(option: string, foreground: boolean, lock: number | null): Promise<void> {
  process.umask(0o077);
  const data = prepareDataDirectory(option);
  const held = await lockDataDirectory(data, lock);
  const owner = new KeeperProcess(data, foreground);
  owner.own(held);
  owner.keeper.start();
}
