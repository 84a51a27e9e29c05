import { z } from 'zod';
import type { ControlClient } from '../../api/client/client.js';
import { ImportResult } from '../../api/endpoints/memories.js';
import { StoreSummary } from '../../api/endpoints/stores.js';
import { encodeTree } from '../../api/tree-stream.js';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { fromFile } from '../compression.js';
import type { Context } from '../context.js';
import { readFileOf } from '../new-file.js';
import { bar, Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { byteCount, counted, safe } from '../text.js';
import { readTree } from '../tree-reader.js';

export const storeImport = defineCommand({
  name: 'store import',
  summary: 'copy a directory into a store: files, links, modes and times; or make a store of a file',
  arguments: [
    { name: 'STORE', description: 'name or id; with --snapshot or --history the name of a new store' },
    { name: 'DIR', description: 'the directory whose contents are copied', optional: true },
  ],
  options: [
    { flags: '--snapshot <file>', description: 'make a new store of a file of store snapshot' },
    {
      flags: '--history <file>',
      description: 'make a new store of a file of store export --history, or fill an empty one',
    },
  ],
  input: z.object({ snapshot: z.string().optional(), history: z.string().optional() }),
  /** Of a tree what was copied, of a file the store. */
  output: ImportResult.extend({ skipped: z.array(z.string()) })
    .partial()
    .extend(StoreSummary.partial().shape),
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference, directory], files) {
    const client = await context.daemon();
    if (files.snapshot !== undefined || files.history !== undefined)
      return await importFile(context, client, reference!, files);
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
    const result = await client.memories
      .import({ store, ...context.actor() }, encodeTree(tree))
      .finally(() => progress.clear());
    for (const path of skipped) context.note(`skipped ${path}: neither a file, a directory nor a link`);
    context.print({ ...result, skipped }, () => {
      const { files, directories, symlinks, links } = result;
      return `imported ${counted(files, 'file')} (${byteCount(result.bytes)}), ${counted(directories, 'directory')}, ${counted(symlinks, 'symbolic link')}, ${counted(links, 'hard link')}`;
    });
  },
});

/** A new store (or, of a history, one that is empty) out of a file. */
async function importFile(
  context: Context,
  client: ControlClient,
  name: string,
  { snapshot, history }: { readonly snapshot?: string | undefined; readonly history?: string | undefined },
): Promise<undefined> {
  const progress = new Progress(context.around.stderr, !context.json);
  const file = (snapshot ?? history)!;
  const bytes = readFileOf(context.around.cwd, file, (so) =>
    progress.show(() => `importing: ${byteCount(so)}`),
  );
  const imported = async (): Promise<StoreSummary> => {
    if (snapshot !== undefined) return await client.stores.importSnapshot({ store: name }, bytes);
    for await (const event of client.stores.importHistory({ store: name }, fromFile(file, bytes))) {
      if ('store' in event) return event.store;
      const { done, total } = event.progress;
      progress.show(() => `checking ${bar(done, total)}`);
    }
    throw new MemfsError('internal', 'the import ended without a store');
  };
  const store = await imported().finally(() => progress.clear());
  context.print(store, () => `${safe(store.name)} (${store.id}) has the history of ${file}; verified`);
}
