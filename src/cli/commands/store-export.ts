import { z } from 'zod';
import { ImportResult, Selector } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { byteCount } from '../text.js';
import { writeTree } from '../tree-writer.js';

export const storeExport = defineCommand({
  name: 'store export',
  summary: 'copy a store out to an absent or empty directory',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'DIR', description: 'where to; made if absent' },
  ],
  options: [{ flags: '--at <seq|time>', description: 'as the store was then' }],
  input: z.object({ at: Selector.optional() }),
  output: ImportResult,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference, directory], { at }) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const progress = new Progress(context.around.stderr, !context.json);
    const result = await writeTree(context.around.cwd, directory!, client.exportTree(store, at), (so) =>
      progress.show(() => `exporting: ${so.files} files, ${byteCount(so.bytes)}`),
    ).finally(() => progress.clear());
    context.print(
      result,
      () =>
        `exported ${result.files} files (${byteCount(result.bytes)}) in ${result.directories} directories`,
    );
  },
});
