import { z } from 'zod';
import { DreamOutcome } from '../../api/endpoints/dreams.js';
import { defineCommand } from '../command.js';
import { dreamArgument } from '../dream-argument.js';
import { outcomeText } from '../dream-text.js';
import { choiceOf, editNumbers, editOption } from '../edit-choice.js';

export const dreamApply = defineCommand({
  name: 'dream apply',
  summary: 'write what a dream has staged into the store, all or some of it',
  arguments: [dreamArgument],
  options: [
    { ...editOption, description: `${editOption.description}; the others go on waiting for review` },
    {
      flags: '--except <n>',
      description: 'all but this edit: it is rejected, and not proposed again on the same evidence',
      repeatable: true,
    },
  ],
  input: z
    .object({ edit: editNumbers, except: editNumbers })
    .refine(({ edit, except }) => edit.length === 0 || except.length === 0, {
      path: ['except'],
      message: 'either --edit or --except',
    }),
  output: DreamOutcome,
  exits: ['notFound', 'conflict', 'permission', 'invalid'],
  async run(context, [id], { edit, except }) {
    const client = await context.daemon();
    const outcome = await client.dreams.apply({ dream: id!, ...choiceOf(edit, except), ...context.actor() });
    context.print(outcome, () => outcomeText(outcome));
    if (outcome.applied.length > 0)
      context.note(`next: memfsd dream revert ${outcome.id}   takes it all back`);
    return undefined;
  },
});
