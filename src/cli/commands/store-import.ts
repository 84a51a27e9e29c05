import { z } from 'zod';
import type { ControlClient } from '../../api/client.js';
import { ImportResult, StoreSummary } from '../../api/protocol.js';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { readFileOf } from '../new-file.js';
import { Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { byteCount, safe } from '../text.js';
import { readTree } from '../tree-reader.js';

export const storeImport = defineCommand({
  name: 'store import',
  summary: 'copy a directory into a store: files, links, modes and times; or make a store of a snapshot',
  arguments: [
    { name: 'STORE', description: 'name or id; of a new store with --snapshot' },
    { name: 'DIR', description: 'the directory whose contents are copied', optional: true },
  ],
  options: [{ flags: '--snapshot <file>', description: 'make a new store of a file of store snapshot' }],
  input: z.object({ snapshot: z.string().optional() }),
  /** Of a tree what was copied, of a snapshot the store. */
  output: ImportResult.extend({ skipped: z.array(z.string()) })
    .partial()
    .extend(StoreSummary.partial().shape),
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference, directory], { snapshot }) {
    const client = await context.daemon();
    if (snapshot !== undefined) return await importFile(context, client, reference!, snapshot);
    if (directory === undefined)
      throw new MemfsError('usage', 'the DIR to copy is missing', { hint: 'memfsd store import --help' });
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const progress = new Progress(context.around.stderr, !context.json);
    const skipped: string[] = [];
    let [entries, bytes] = [0, 0];
    const tree = readTree(context.around.cwd, directory, {
      read(entry) {
        entries += 1;
        bytes += entry.size;
        progress.show(() => `importing: ${entries} entries, ${byteCount(bytes)}`);
      },
      skipped: (path) => skipped.push(path),
    });
    const result = await client.importTree(store, tree, context.actor()).finally(() => progress.clear());
    for (const path of skipped) context.note(`skipped ${path}: neither a file, a directory nor a link`);
    context.print({ ...result, skipped }, () => {
      const { files, directories, symlinks, links } = result;
      return `imported ${files} files (${byteCount(result.bytes)}), ${directories} directories, ${symlinks} symbolic and ${links} hard links`;
    });
  },
});

async function importFile(
  context: Context,
  client: ControlClient,
  name: string,
  file: string,
): Promise<undefined> {
  const progress = new Progress(context.around.stderr, !context.json);
  const bytes = readFileOf(context.around.cwd, file, (so) =>
    progress.show(() => `importing: ${byteCount(so)}`),
  );
  const store = await client.importSnapshot(name, bytes).finally(() => progress.clear());
  context.print(store, () => `${safe(store.name)} (${store.id}) is as the snapshot was; verified`);
}
