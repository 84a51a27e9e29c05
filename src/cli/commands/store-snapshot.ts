import { z } from 'zod';
import { SnapshotFacts } from '../../api/endpoints/stores.js';
import { defineCommand } from '../command.js';
import { NewFile } from '../new-file.js';
import { Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { byteCount, counted } from '../text.js';

export const storeSnapshot = defineCommand({
  name: 'store snapshot',
  summary:
    'copy a store, history and all, to one verified file, which store import --snapshot makes a store again',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'FILE', description: 'where to; must not exist' },
  ],
  options: [],
  input: z.object({}),
  output: SnapshotFacts,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference, name]) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const progress = new Progress(context.around.stderr, !context.json);
    const file = new NewFile(context.around, name!);
    let facts: SnapshotFacts | undefined;
    const begin = async (): Promise<AsyncIterable<Uint8Array>> => {
      const snapshot = await client.stores.snapshot({ store });
      facts = snapshot.header;
      return snapshot.content;
    };
    await file
      .fill(begin, (bytes) =>
        progress.show(() => `writing: ${byteCount(bytes)} of ${byteCount(facts!.bytes)}`),
      )
      .finally(() => progress.clear());
    const { bytes, versions, head, chain } = facts!;
    context.print(
      facts,
      () =>
        `${byteCount(bytes)}, ${counted(versions, 'version')} up to record ${head}, chain ${chain}; verified`,
    );
  },
});
