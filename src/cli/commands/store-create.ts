import { z } from 'zod';
import { StoreSummary } from '../../api/endpoints/stores.js';
import { issueSentence, issueText } from '../../api/issue-text.js';
import { StoreName } from '../../api/parameters.js';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';

export const storeCreate = defineCommand({
  name: 'store create',
  summary: 'create an empty store',
  arguments: [{ name: 'NAME', description: 'unique on this machine; no "/" and no control characters' }],
  options: [{ flags: '--description <text>', description: 'what the store is for; agents see it' }],
  input: z.object({ description: z.string().max(4096).default('') }),
  output: StoreSummary,
  exits: ['conflict', 'invalid'],
  async run(context, [name], { description }) {
    const valid = StoreName.safeParse(name, { error: issueText });
    if (!valid.success)
      throw new MemfsError('invalid', issueSentence('NAME', valid.error.issues[0]!.message));
    const store = await (await context.daemon()).stores.create({ name: valid.data, description });
    context.print(store, () => `created ${store.id}`);
  },
});
