import { z } from 'zod';
import { LogRecordSchema } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { safe } from '../text.js';

export const log = defineCommand({
  name: 'log',
  summary: 'print the journal of a store, or of one path in it, oldest first',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'a memory (its history, over renames) or a directory', optional: true },
  ],
  options: [
    { flags: '--after <seq>', description: 'only records after this one' },
    { flags: '--limit <n>', description: 'at most so many' },
    { flags: '--reverse', description: 'newest first' },
  ],
  input: z.object({
    after: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).optional(),
    reverse: z.boolean().optional(),
  }),
  output: LogRecordSchema,
  stream: true,
  exits: ['notFound', 'invalid'],
  async run(context, [reference, pathArgument], options) {
    const client = await context.daemon();
    const { store, path } = await resolveTarget(client, context.around.cwd, reference!, pathArgument);
    const query = Object.fromEntries(
      Object.entries({ ...options, path }).filter(([, value]) => value !== undefined),
    );
    for await (const record of client.log(store, query))
      context.print(record, () => {
        const from = record.previous_path === null ? '' : `${safe(record.previous_path)} -> `;
        const content = record.sha256 === null ? '' : `  ${record.sha256.slice(0, 12)}  ${record.size} B`;
        return `${String(record.seq).padStart(6)}  ${record.time}  ${record.operation.padEnd(10)}  ${from}${safe(record.path)}  ${safe(record.agent)}  ${safe(record.session)}${content}`;
      });
  },
});
