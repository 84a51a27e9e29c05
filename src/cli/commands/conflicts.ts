import { z } from 'zod';
import { ConflictBody } from '../../api/endpoints/conflicts.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { safe } from '../text.js';

export const conflicts = defineCommand({
  name: 'conflicts',
  summary: 'list the writes that were refused because another session had changed the memory, oldest first',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'only of this memory', optional: true },
  ],
  options: [{ flags: '--open', description: 'only those that are not resolved' }],
  input: z.object({ open: z.boolean().default(false) }),
  output: ConflictBody,
  stream: true,
  exits: ['notFound', 'invalid'],
  async run(context, [reference, pathArgument], { open }) {
    const client = await context.daemon();
    const { store, path, branch } = await resolveTarget(client, context.around.cwd, reference!, pathArgument);
    for await (const conflict of client.onBranch(branch).conflicts.list({ store, path }))
      if (!open || conflict.resolution === null) context.print(conflict, () => line(conflict));
  },
});

function line({ number, path, time, operation, agent, session, resolution, ...rest }: ConflictBody): string {
  const records = `${rest.base_seq ?? '-'}..${rest.head_seq ?? '-'}`;
  const state = resolution === null ? 'open' : `resolved (${resolution})`;
  return `${safe(path)}  ${number}  ${time}  ${operation}  ${records}  ${safe(agent)}  ${safe(session)}  ${state}`;
}
