import { z } from 'zod';
import { DreamOutcome } from '../../api/endpoints/dreams.js';
import { defineCommand } from '../command.js';
import { dreamArgument } from '../dream-argument.js';
import { outcomeText } from '../dream-text.js';
import { choiceOf, editNumbers, editOption } from '../edit-choice.js';

export const dreamReject = defineCommand({
  name: 'dream reject',
  summary: 'turn down what a dream has staged; it is not proposed again on the same evidence',
  arguments: [dreamArgument],
  options: [editOption],
  input: z.object({ edit: editNumbers }),
  output: DreamOutcome,
  exits: ['notFound', 'conflict', 'permission', 'invalid'],
  async run(context, [id], { edit }) {
    const client = await context.daemon();
    const outcome = await client.dreams.reject({ dream: id!, ...choiceOf(edit, []) });
    context.print(outcome, () => outcomeText(outcome));
    return undefined;
  },
});
