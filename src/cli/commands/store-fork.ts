import { z } from 'zod';
import { StoreSummary } from '../../api/endpoints/stores.js';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { bar, Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { safe } from '../text.js';

export const storeFork = defineCommand({
  name: 'store fork',
  summary: 'make a new store with all the history of another one; from then on the two go their own ways',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'NAME', description: 'of the new store' },
  ],
  options: [{ flags: '--description <text>', description: 'default: that of the original' }],
  input: z.object({ description: z.string().optional() }),
  output: StoreSummary,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference, name], { description }) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const progress = new Progress(context.around.stderr, !context.json);
    for await (const event of client.stores.fork({ store, name: name!, description })) {
      if ('progress' in event) {
        const { done, total } = event.progress;
        progress.show(() => `checking the copy ${bar(done, total)}`);
        continue;
      }
      progress.clear();
      context.print(event.store, () => `forked as ${safe(event.store.name)} (${event.store.id})`);
      return;
    }
    throw new MemfsError('internal', 'the fork ended without a store');
  },
});
