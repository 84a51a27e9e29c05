import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { askKeeper } from '../../api/client.js';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';

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
    const client = context.running();
    if ((await client.keeper()) === null) {
      context.print({ stopped: false }, () => 'memfsd does not run');
      return;
    }
    await client.stop();
    for (const start = Date.now(); (await askKeeper(context.data)) !== null; await delay(25))
      if (Date.now() - start > limit)
        throw new MemfsError('unreachable', 'the daemon did not end', { hint: 'memfsd status' });
    context.print({ stopped: true }, () => 'memfsd stopped');
  },
});
