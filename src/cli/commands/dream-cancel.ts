import { z } from 'zod';
import { DreamSummary } from '../../api/endpoints/dreams.js';
import { defineCommand } from '../command.js';
import { dreamArgument } from '../dream-argument.js';

export const dreamCancel = defineCommand({
  name: 'dream cancel',
  summary: 'end a dream that runs; nothing of it stays but that it was there',
  arguments: [dreamArgument],
  options: [],
  input: z.object({}),
  output: DreamSummary,
  exits: ['notFound', 'conflict', 'permission'],
  async run(context, [id]) {
    const dream = await (await context.daemon()).dreams.cancel({ dream: id! });
    context.print(dream, () => `cancelled ${dream.id}`);
  },
});
