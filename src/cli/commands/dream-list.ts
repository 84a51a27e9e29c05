import { z } from 'zod';
import { DreamSummary } from '../../api/endpoints/dreams.js';
import { defineCommand } from '../command.js';
import { countsText, statusText } from '../dream-text.js';
import { resolveTarget } from '../target.js';
import { safe, table } from '../text.js';

export const dreamList = defineCommand({
  name: 'dream list',
  summary: 'list dreams, the latest first',
  arguments: [
    {
      name: 'STORE',
      description: 'only those of this store: name or id, or a path inside a mount',
      optional: true,
    },
  ],
  options: [],
  input: z.object({}),
  output: z.object({ dreams: z.array(DreamSummary) }),
  exits: ['notFound', 'permission'],
  async run(context, [reference]) {
    const client = await context.daemon();
    const store =
      reference === undefined
        ? undefined
        : (await resolveTarget(client, context.around.cwd, reference, undefined)).store;
    const { dreams } =
      store === undefined ? await client.dreams.list() : await client.dreams.listOf({ store });
    context.print({ dreams }, () =>
      dreams.length === 0
        ? 'no dreams yet: memfsd dream run STORE'
        : table(
            dreams.map((dream) => [
              dream.id,
              safe(dream.store_name),
              dream.created_at,
              statusText(dream),
              dream.progress === null ? countsText(dream) : safe(dream.progress.what),
            ]),
          ),
    );
  },
});
