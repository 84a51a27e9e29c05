import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { asMemfsError, MemfsError, mayPass } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { holdingOf } from '../daemon.js';
import { type MountUser, mountUsers } from '../mount-users.js';
import { processesText } from '../process-text.js';
import { safe } from '../text.js';

const limit = 40_000;

export const stop = defineCommand({
  name: 'stop',
  summary: 'commit everything, unmount everything, also what is in use, and end the daemon',
  arguments: [],
  options: [],
  input: z.object({}),
  output: z.object({
    stopped: z.boolean(),
    /** Mounts that were, and the processes as far as /proc told: none for one that was in use from another place. */
    in_use: z.array(
      z.object({ path: z.string(), processes: z.array(z.object({ pid: z.int(), command: z.string() })) }),
    ),
  }),
  exits: ['unreachable', 'permission', 'limit'],
  async run(context) {
    const { data } = context;
    const client = context.running();
    let users = new Map<string, MountUser[]>();
    let elsewhere: readonly string[] = [];
    let unforgotten: MemfsError | null = null;
    try {
      users = mountUsers((await client.daemon.status()).mounts.map(({ path }) => path));
      elsewhere = (await client.daemon.stop()).in_use;
    } catch (thrown) {
      const error = asMemfsError(thrown);
      if (error.code === 'unreachable' && holdingOf(data) === null) {
        context.print({ stopped: false, in_use: [] }, () => 'memfsd does not run');
        return;
      }
      if (!mayPass(error)) throw thrown;
      unforgotten = error;
    }
    // A daemon that is started next finds nobody in its way.
    for (const start = Date.now(); holdingOf(data) !== null; await delay(25))
      if (Date.now() - start > limit)
        throw new MemfsError('unreachable', 'the daemon did not end', { hint: 'memfsd status' });
    const in_use = [...new Set([...users.keys(), ...elsewhere])].map((path) => ({
      path,
      processes: users.get(path) ?? [],
    }));
    for (const { path, processes } of in_use) {
      const who = processes.length === 0 ? 'elsewhere' : `by ${processesText(processes)}`;
      context.note(`${safe(quoted(path))} was in use ${who}: what is open there fails from now on`);
    }
    if (unforgotten !== null) throw unforgotten;
    context.print({ stopped: true, in_use }, () => 'memfsd stopped');
  },
});
