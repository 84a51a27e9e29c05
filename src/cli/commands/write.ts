import { z } from 'zod';
import { LogRecordSchema } from '../../api/endpoints/history.js';
import { Sha256 } from '../../api/parameters.js';
import { defineCommand } from '../command.js';
import { resolveMemory } from '../target.js';

export const write = defineCommand({
  name: 'write',
  summary: 'make standard input the content of a memory',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'the memory; made with its directories if absent', optional: true },
  ],
  options: [
    {
      flags: '--if-match <sha256>',
      description: 'only if the present content has this SHA-256; else exit code 4',
    },
  ],
  input: z.object({ ifMatch: Sha256.optional() }),
  output: LogRecordSchema,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference, pathArgument], { ifMatch }) {
    const client = await context.daemon();
    const { store, path, branch } = await resolveMemory(client, context.around.cwd, reference!, pathArgument);
    const content = context.around.stdin as unknown as AsyncIterable<Uint8Array>;
    const { memories } = client.onBranch(branch);
    const record = await memories.write({ store, path, if_match: ifMatch, ...context.actor() }, content);
    context.print(record, () => `${record.seq}  ${record.operation}  ${record.path}  ${record.sha256}`);
  },
});
