import { z } from 'zod';
import type { ControlClient } from '../../api/client/client.js';
import { askKeeper } from '../../api/client/keeper.js';
import { type LogRecordBody, LogRecordSchema } from '../../api/endpoints/history.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { resolveTarget, type Target } from '../target.js';
import { safe } from '../text.js';

export const log = defineCommand({
  name: 'log',
  summary: 'print the journal of a store, or of one path in it, oldest first',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'a memory (its history, over renames) or a directory', optional: true },
  ],
  options: [
    { flags: '--branch <name>', description: 'default: main, or what the mount shows' },
    { flags: '--after <seq>', description: 'only records after this one' },
    { flags: '--limit <n>', description: 'at most so many' },
    { flags: '--last <n>', description: 'only the last so many' },
    { flags: '--reverse', description: 'newest first' },
    {
      flags: '--follow',
      description: 'go on with each new record until interrupted, over restarts of the daemon',
    },
  ],
  input: z.object({
    branch: z.string().min(1).optional(),
    after: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).optional(),
    last: z.coerce.number().int().min(1).optional(),
    reverse: z.boolean().default(false),
    follow: z.boolean().default(false),
  }),
  output: LogRecordSchema,
  stream: true,
  exits: ['notFound', 'invalid', 'unreachable'],
  async run(context, [reference, pathArgument], { last, follow, branch, ...options }) {
    if (options.reverse && (follow || last !== undefined))
      throw new MemfsError('usage', '--reverse goes neither with --follow nor with --last');
    const daemon = await context.daemon();
    const target = await resolveTarget(daemon, context.around.cwd, reference!, pathArgument);
    const { store, path } = target;
    const client = daemon.onBranch(branch ?? target.branch);
    const after = last === undefined ? options.after : await beforeLast(client, target, last);
    const query = { store, path, ...options, after };
    if (!follow) {
      let isEmpty = true;
      for await (const record of client.history.log(query)) {
        print(context, record);
        isEmpty = false;
      }
      if (isEmpty && path !== undefined) await refuseUnknown(client, store, path);
      return;
    }
    for await (const record of followed(context, client, query)) print(context, record);
  },
});

type LogQuery = Parameters<ControlClient['history']['log']>[0];

/** Other limits may have left nothing: only a path of which there is nothing at all is `not_found`. */
async function refuseUnknown(client: ControlClient, store: string, path: string): Promise<void> {
  for await (const _ of client.history.log({ store, path, limit: 1 })) return;
  throw new MemfsError(
    'not_found',
    `the journal has nothing of ${safe(path)}: it was never there, or is not versioned`,
    {
      hint: 'memfsd log STORE shows which paths there were',
    },
  );
}

/** What `--after` is to show the last `count` records. */
async function beforeLast(client: ControlClient, { store, path }: Target, limit: number): Promise<number> {
  let oldest = 1;
  for await (const { seq } of client.history.log({ store, path, reverse: true, limit })) oldest = seq;
  return oldest - 1;
}

/** All there is, in large pieces, then what comes. An engine that died is asked again, behind what it gave last. */
async function* followed(
  context: Context,
  client: ControlClient,
  query: LogQuery,
): AsyncGenerator<LogRecordBody> {
  let { after = 0, limit: left = Number.POSITIVE_INFINITY } = query;
  for (let follow = false; left > 0; follow = true) {
    const rest = Number.isFinite(left) ? { limit: left } : {};
    try {
      for await (const record of client.history.log({ ...query, ...rest, after, follow })) {
        yield record;
        after = record.seq;
        left--;
      }
    } catch (error) {
      if (asMemfsError(error).code !== 'unreachable' || (await askKeeper(context.data)) === null) throw error;
    }
  }
}

function print(context: Context, record: LogRecordBody): void {
  context.print(record, () => {
    const from = record.previous_path === null ? '' : `${safe(record.previous_path)} -> `;
    const content = record.sha256 === null ? '' : `  ${record.sha256.slice(0, 12)}  ${record.size} B`;
    return `${String(record.seq).padStart(6)}  ${record.time}  ${record.operation.padEnd(10)}  ${from}${safe(record.path)}  ${safe(record.agent)}  ${safe(record.session)}${content}`;
  });
}
