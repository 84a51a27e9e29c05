import { z } from 'zod';
import { LogRecordSchema } from '../../api/endpoints/history.js';
import { Selector } from '../../api/parameters.js';
import { defineCommand } from '../command.js';
import { resolveMemory } from '../target.js';

export const restore = defineCommand({
  name: 'restore',
  summary: 'make a new version of a memory out of an old one',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'the memory, now deleted or not', optional: true },
  ],
  options: [
    { flags: '--version <version>', description: 'a memver_… id, a sequence number or an RFC 3339 time' },
  ],
  input: z.object({ version: Selector }),
  output: LogRecordSchema,
  exits: ['notFound', 'conflict', 'invalid'],
  async run(context, [reference, pathArgument], { version }) {
    const client = await context.daemon();
    const { store, path, branch } = await resolveMemory(client, context.around.cwd, reference!, pathArgument);
    const { memories } = client.onBranch(branch);
    const record = await memories.restore({ store, path, version, ...context.actor() });
    context.print(record, () => `${record.path} is as it was at ${version}: version ${record.version}`);
  },
});
