import { z } from 'zod';
import { StoreDetail } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { byteCount, safe, table } from '../text.js';

export const storeShow = defineCommand({
  name: 'store show',
  summary: 'show one store and how large it is',
  arguments: [{ name: 'STORE', description: 'name or id, or a path inside a mount' }],
  options: [],
  input: z.object({}),
  output: StoreDetail,
  exits: ['notFound'],
  async run(context, [reference]) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const detail = await client.showStore(store);
    context.print(detail, () =>
      table([
        ['store', `${safe(detail.name)} (${detail.id})`],
        ['description', safe(detail.description)],
        ['created', detail.created_at],
        ['head', String(detail.head)],
        ['memories', `${detail.memories} in ${detail.directories} directories`],
        ['versions', String(detail.versions)],
        ['contents', byteCount(detail.content_bytes)],
        ['on disk', byteCount(detail.disk_bytes)],
        ...(detail.damaged === null ? [] : [['damaged', detail.damaged]]),
      ]),
    );
  },
});
