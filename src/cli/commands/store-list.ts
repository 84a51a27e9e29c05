import { z } from 'zod';
import { StoreSummary } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { safe, table } from '../text.js';

export const storeList = defineCommand({
  name: 'store list',
  summary: 'list the stores',
  arguments: [],
  options: [],
  input: z.object({}),
  output: z.object({ stores: z.array(StoreSummary) }),
  exits: [],
  async run(context) {
    const stores = await (await context.daemon()).listStores();
    context.print({ stores }, () =>
      stores.length === 0
        ? 'no stores yet: memfsd store create NAME'
        : table(stores.map(({ id, name, description }) => [safe(name), id, safe(description)])),
    );
  },
});
