import { z } from 'zod';
import type { ControlClient } from '../../api/client/client.js';
import { ImportResult } from '../../api/endpoints/memories.js';
import { Selector } from '../../api/parameters.js';
import { decodeTree } from '../../api/tree-stream.js';
import { ExitCode, MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { TreeEntry } from '../../core/trees.js';
import { defineCommand } from '../command.js';
import { forFile } from '../compression.js';
import type { Context } from '../context.js';
import { NewFile } from '../new-file.js';
import { Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { byteCount, counted, safe } from '../text.js';
import { writeTree } from '../tree-writer.js';

export const storeExport = defineCommand({
  name: 'store export',
  summary:
    'copy a store out to an absent or empty directory, or its whole history to a file; exits 6 when a content is damaged',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'DIR', description: 'where to; made if absent', optional: true },
  ],
  options: [
    { flags: '--branch <name>', description: 'default: main, or what the mount shows' },
    { flags: '--at <seq|time>', description: 'as the store was then' },
    {
      flags: '--history <file>',
      description: 'everything as lines of JSON (docs/history-format.md); compressed for a name in .gz',
    },
  ],
  input: z.object({
    branch: z.string().min(1).optional(),
    at: Selector.optional(),
    history: z.string().optional(),
  }),
  /** Of a tree what was copied, of a history its bytes in the file. */
  output: ImportResult.partial().extend({
    bytes: z.int(),
    /** Files of a tree whose content is not what the journal says it is. */
    damaged: z.array(z.string()).optional(),
  }),
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference, directory], { branch, at, history }) {
    const client = await context.daemon();
    const target = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const { store } = target;
    if (history !== undefined && branch !== undefined)
      throw new MemfsError('usage', 'a history is that of all branches: --branch does not go with --history');
    if (history !== undefined) return await exportHistory(context, client, store, history);
    if (directory === undefined)
      throw new MemfsError('usage', 'where to? DIR is missing', { hint: 'memfsd store export --help' });
    const progress = new Progress(context.around.stderr, !context.json);
    const tree = treeOf(client.onBranch(branch ?? target.branch), store, at);
    const result = await writeTree(context.around.cwd, directory, tree, (so) =>
      progress.show(() => `exporting: ${counted(so.files, 'file')}, ${byteCount(so.bytes)}`),
    ).finally(() => progress.clear());
    context.print(
      result,
      () =>
        `exported ${counted(result.files, 'file')} (${byteCount(result.bytes)}) in ${counted(result.directories, 'directory')}`,
    );
    if (result.damaged.length === 0) return;
    for (const path of result.damaged)
      context.note(`damaged: ${safe(path)} is not what the journal says it was`);
    context.note(
      `next: memfsd verify ${quoted(reference!)}; memfsd store salvage ${quoted(reference!)} NAME`,
    );
    return ExitCode.invalid;
  },
});

/** Asked for when the directory is ready. */
async function* treeOf(
  client: ControlClient,
  store: string,
  at: string | undefined,
): AsyncGenerator<TreeEntry> {
  const { content } = await client.memories.export({ store, at });
  yield* decodeTree(content, Number.POSITIVE_INFINITY);
}

async function exportHistory(
  context: Context,
  client: ControlClient,
  store: string,
  name: string,
): Promise<undefined> {
  const progress = new Progress(context.around.stderr, !context.json);
  const file = new NewFile(context.around, name);
  const bytes = await file
    .fill(
      async () => forFile(name, (await client.stores.exportHistory({ store })).content),
      (so) => progress.show(() => `exporting: ${byteCount(so)}`),
    )
    .finally(() => progress.clear());
  context.print({ bytes }, () => `exported the whole history: ${byteCount(bytes)}`);
}
