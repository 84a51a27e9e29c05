/** Puts the keeper together in this process, which it then owns until the end. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { keeperSocket } from '../api/address.js';
import { native } from '../fuse/native.js';
import { loadConfig } from './config.js';
import { prepareDataDirectory } from './data-directory.js';
import { EngineProcess } from './engine-process.js';
import { Keeper } from './keeper.js';
import { lockDataDirectory } from './keeper-lock.js';
import { answerCallers } from './keeper-socket.js';
import { kernelMounts } from './kernel-mounts.js';
import { createLog, openLog } from './log.js';
import { openMessageSocket } from './message-socket.js';
import { listenOnFile } from './socket-file.js';

const engineProgram = fileURLToPath(new URL('./engine-main.js', import.meta.url));

/**
 * Resolves once the first engine is started; the process exits when the keeper is done. `lock` is the descriptor of
 * the data directory's lock if its starter took it. Throws `busy` when a daemon runs on these data.
 */
export async function runKeeper(option: string, foreground: boolean, lock: number | null): Promise<void> {
  process.umask(0o077);
  const data = prepareDataDirectory(option);
  // Held until this process ends.
  const held = await lockDataDirectory(data, lock);
  const config = loadConfig(data);
  const log = createLog(data, config.log_level, 'keeper', foreground);
  const output = foreground ? 'inherit' : openLog(data);
  const keeper = new Keeper({
    mounts: kernelMounts(data),
    log,
    startEngine: (events) =>
      new EngineProcess(
        {
          command: process.execPath,
          arguments: [engineProgram, '--data', data, ...(foreground ? ['--foreground'] : [])],
          output,
          heartbeatLimit: config.heartbeat_limit_ms,
          socketpair: () => native().socketpair(),
          openSocket: openMessageSocket,
        },
        events,
      ),
    finished: (code) => {
      rmSync(keeperSocket(data), { force: true });
      process.exit(code);
    },
  });
  answerCallers(listenOnFile(keeperSocket(data)), () => keeper.state());
  held.ready();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => keeper.stop());
  }
  process.on('SIGHUP', () => {});
  keeper.start();
}
