import { z } from 'zod';
import { DreamOutcome } from '../../api/endpoints/dreams.js';
import { defineCommand } from '../command.js';
import { dreamArgument } from '../dream-argument.js';
import { outcomeText } from '../dream-text.js';

export const dreamRevert = defineCommand({
  name: 'dream revert',
  summary: 'take back what an applied dream has written, as one step; later changes stay',
  arguments: [dreamArgument],
  options: [],
  input: z.object({}),
  output: DreamOutcome,
  exits: ['notFound', 'conflict', 'permission'],
  async run(context, [id]) {
    const client = await context.daemon();
    const outcome = await client.dreams.revert({ dream: id!, ...context.actor() });
    context.print(outcome, () => outcomeText(outcome));
    return undefined;
  },
});
