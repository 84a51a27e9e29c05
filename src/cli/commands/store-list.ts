import { z } from 'zod';
import { StoreSummary } from '../../api/endpoints/stores.js';
import { defineCommand } from '../command.js';
import { seenBy } from '../target.js';
import { safe, table } from '../text.js';

export const storeList = defineCommand({
  name: 'store list',
  summary: 'list the stores',
  arguments: [],
  options: [{ flags: '--all', description: 'archived ones too' }],
  input: z.object({ all: z.boolean().default(false) }),
  output: z.object({ stores: z.array(StoreSummary) }),
  exits: [],
  async run(context, _arguments, { all }) {
    const client = await context.daemon();
    const { stores: known } = await client.stores.list();
    const stores = known.filter(({ archived }) => all || !archived);
    const { session } = known.length === 0 ? await client.daemon.status() : { session: null };
    const none =
      session === null ? 'no stores yet: memfsd store create NAME' : `no stores: ${seenBy(session)}`;
    context.print({ stores }, () =>
      stores.length === 0
        ? none
        : table(
            stores.map(({ id, name, description, archived, problem }) => [
              safe(name),
              id,
              ...(all ? [archived ? 'archived' : ''] : []),
              ...(stores.some(({ problem }) => problem) ? [safe(problem ?? '')] : []),
              safe(description),
            ]),
          ),
    );
  },
});
