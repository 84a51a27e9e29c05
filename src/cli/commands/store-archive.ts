import { z } from 'zod';
import { StoreSummary } from '../../api/endpoints/stores.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { safe } from '../text.js';

export const storeArchive = defineCommand({
  name: 'store archive',
  summary: 'set a store aside: it can be read, takes no changes and no mounts, and is listed with --all only',
  arguments: [{ name: 'STORE', description: 'name or id' }],
  options: [{ flags: '--undo', description: 'take it back' }],
  input: z.object({ undo: z.boolean().default(false) }),
  output: StoreSummary,
  exits: ['notFound', 'conflict', 'permission'],
  async run(context, [reference], { undo }) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const summary = await client.stores.archive({ store, archived: !undo });
    context.print(summary, () =>
      undo ? `${safe(summary.name)} is back` : `${safe(summary.name)} is archived; --undo takes it back`,
    );
  },
});
