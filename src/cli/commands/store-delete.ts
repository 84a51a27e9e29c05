import { z } from 'zod';
import { StoreSummary } from '../../api/endpoints/stores.js';
import { MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { safe } from '../text.js';

export const storeDelete = defineCommand({
  name: 'store delete',
  summary: 'delete a store with its history for good; no trace of it remains',
  arguments: [{ name: 'STORE', description: 'name or id' }],
  options: [{ flags: '--confirm <name>', description: 'the name of the store once more' }],
  input: z.object({ confirm: z.string().optional() }),
  output: StoreSummary,
  exits: ['notFound', 'conflict', 'permission'],
  async run(context, [reference], { confirm }) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    if (confirm === undefined)
      throw new MemfsError('usage', 'a store is deleted for good: say its name once more', {
        hint: `memfsd store snapshot ${quoted(reference!)} FILE keeps a copy; then add --confirm NAME`,
      });
    const summary = await client.stores.delete({ store, confirm });
    context.print(
      summary,
      () => `${safe(summary.name)} is gone: its files, and everything the daemon knew of it`,
    );
  },
});
