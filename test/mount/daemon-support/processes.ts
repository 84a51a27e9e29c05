import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../../src/api/endpoints/daemon.js';
import { processFacts } from '../../../src/daemon/processes/process.js';
import type { PrivateDaemon } from '../support/private-daemon.js';

export const executable = fileURLToPath(new URL('../../../bin/memfsd.js', import.meta.url));

/** A zombie is dead here: its parent may be long in collecting it. */
export const isAlive = (pid: number): boolean => !['Z', undefined].includes(processFacts(pid)?.state);

export async function statusOf(daemon: PrivateDaemon): Promise<Status> {
  return JSON.parse(await daemon.expect('status', '--json')) as Status;
}

/** Throws when `condition` does not come true in time; returns the milliseconds that it took. */
export async function until(
  what: string,
  limit: number,
  condition: () => boolean | Promise<boolean>,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - start;
    if (performance.now() - start > limit) throw new Error(`not within ${limit} ms: ${what}`);
    await delay(10);
  }
}

/** Kills the engine and waits until the next one answers. */
export async function killEngine(daemon: PrivateDaemon): Promise<void> {
  const before = await statusOf(daemon);
  process.kill(before.engine.pid, 'SIGKILL');
  await until(
    'another engine',
    10_000,
    async () => (await statusOf(daemon)).engine.pid !== before.engine.pid,
  );
}

/** Ends the daemon as a loss of power would: keeper and engine are killed. Resolves when both are gone. */
export async function killBoth(daemon: PrivateDaemon): Promise<void> {
  const { keeper, engine } = await statusOf(daemon);
  process.kill(keeper.pid, 'SIGKILL');
  process.kill(engine.pid, 'SIGKILL');
  await until('the end of both', 20_000, () => !isAlive(keeper.pid) && !isAlive(engine.pid));
}
