import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { holdingOf } from '../daemon.js';
import { safe } from '../text.js';

const limit = 40_000;

export const stop = defineCommand({
  name: 'stop',
  summary: 'commit everything, unmount everything and end the daemon',
  arguments: [],
  options: [],
  input: z.object({}),
  output: z.object({
    stopped: z.boolean(),
    /** Mounts that were in use through other places or mount namespaces: what is open there fails from now on. */
    in_use: z.array(z.string()),
  }),
  exits: ['unreachable'],
  async run(context) {
    const { data } = context;
    let inUse: string[];
    try {
      inUse = (await context.running().daemon.stop()).in_use;
    } catch (error) {
      if (asMemfsError(error).code !== 'unreachable' || holdingOf(data) !== null) throw error;
      context.print({ stopped: false, in_use: [] }, () => 'memfsd does not run');
      return;
    }
    // A daemon that is started next finds nobody in its way.
    for (const start = Date.now(); holdingOf(data) !== null; await delay(25))
      if (Date.now() - start > limit)
        throw new MemfsError('unreachable', 'the daemon did not end', { hint: 'memfsd status' });
    for (const path of inUse)
      context.note(`${safe(path)} was in use elsewhere: what is open there fails from now on`);
    context.print({ stopped: true, in_use: inUse }, () => 'memfsd stopped');
  },
});
