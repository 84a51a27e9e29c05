import { z } from 'zod';
import { ImportResult } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { byteCount } from '../text.js';
import { readTree } from '../tree-reader.js';

export const storeImport = defineCommand({
  name: 'store import',
  summary: 'copy a directory into a store: files, directories, symbolic and hard links, modes and times',
  arguments: [
    { name: 'STORE', description: 'name or id' },
    { name: 'DIR', description: 'the directory whose contents are copied' },
  ],
  options: [],
  input: z.object({}),
  output: ImportResult.extend({ skipped: z.array(z.string()) }),
  exits: ['notFound', 'permission', 'invalid', 'limit'],
  async run(context, [reference, directory]) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const progress = new Progress(context.around.stderr, !context.json);
    const skipped: string[] = [];
    let [entries, bytes] = [0, 0];
    const tree = readTree(context.around.cwd, directory!, {
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
