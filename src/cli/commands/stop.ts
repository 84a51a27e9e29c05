import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { holdingOf } from '../daemon.js';

const limit = 40_000;

export const stop = defineCommand({
  name: 'stop',
  summary: 'commit everything, unmount everything and end the daemon',
  arguments: [],
  options: [],
  input: z.object({}),
  output: z.object({ stopped: z.boolean() }),
  exits: ['unreachable'],
  async run(context) {
    const { data } = context;
    try {
      await context.running().daemon.stop();
    } catch (error) {
      if (asMemfsError(error).code !== 'unreachable' || holdingOf(data) !== null) throw error;
      context.print({ stopped: false }, () => 'memfsd does not run');
      return;
    }
    // A daemon that is started next finds nobody in its way.
    for (const start = Date.now(); holdingOf(data) !== null; await delay(25))
      if (Date.now() - start > limit)
        throw new MemfsError('unreachable', 'the daemon did not end', { hint: 'memfsd status' });
    context.print({ stopped: true }, () => 'memfsd stopped');
  },
});
