/** Puts the keeper together in this process, which it then owns until the end. */
import { fileURLToPath } from 'node:url';
import { native } from '../fuse/native.js';
import { loadConfig, prepareDataDirectory } from './config.js';
import { EngineProcess } from './engine-process.js';
import { Keeper } from './keeper.js';
import { lockDataDirectory } from './keeper-lock.js';
import { kernelMounts } from './kernel-mounts.js';
import { createLog, openLog } from './log.js';
import { openMessageSocket } from './message-socket.js';

const engineProgram = fileURLToPath(new URL('./engine-main.js', import.meta.url));

/** Resolves once the first engine is started; the process exits when the keeper is done. */
export async function runKeeper(option: string, foreground: boolean): Promise<void> {
  process.umask(0o077);
  const data = prepareDataDirectory(option);
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
    finished: (code) => process.exit(code),
  });
  await lockDataDirectory(data, () => keeper.state());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => keeper.stop());
  }
  process.on('SIGHUP', () => {});
  keeper.start();
}
