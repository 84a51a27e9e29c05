import { z } from 'zod';
import { defineCommand } from '../command.js';
import { Difference, printDifference } from '../difference.js';
import { dreamArgument } from '../dream-argument.js';
import { patchCreator } from '../patch.js';

export const dreamDiff = defineCommand({
  name: 'dream diff',
  summary: "what a dream makes of the store, a reviewer's own changes included",
  arguments: [dreamArgument],
  options: [],
  input: z.object({}),
  output: Difference,
  stream: true,
  exits: ['notFound', 'permission', 'invalid'],
  async run(context, [id]) {
    const client = await context.daemon();
    const createPatch = await patchCreator();
    for await (const entry of client.dreams.diff({ dream: id! }))
      printDifference(context, entry, createPatch);
  },
});
