import { z } from 'zod';
import { StoreDetail } from '../../api/endpoints/stores.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { byteCount, counted, safe, table } from '../text.js';

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
    const detail = await client.stores.show({ store });
    context.print(detail, () =>
      table([
        ['store', `${safe(detail.name)} (${detail.id})`],
        ['description', safe(detail.description)],
        ['created', detail.created_at],
        ...(detail.archived ? [['archived', 'takes no changes; memfsd store archive --undo']] : []),
        ['head', String(detail.head)],
        ['memories', `${detail.memories} in ${counted(detail.directories, 'directory')}`],
        ...(detail.branches.length > 1
          ? [['branches', detail.branches.map(({ name }) => name).join(', ')]]
          : []),
        ['versions', String(detail.versions)],
        ['removed', `${detail.redacted} redacted, ${detail.pruned} pruned`],
        ['contents', byteCount(detail.content_bytes)],
        ['on disk', byteCount(detail.disk_bytes)],
        ...(detail.limit_bytes === null
          ? []
          : [
              [
                'limit',
                `${byteCount(detail.held_bytes)} of ${byteCount(detail.limit_bytes)} (limits.store_bytes)`,
              ],
            ]),
        ...spaceRows(detail.space),
        ...(detail.trouble === null ? [] : [['trouble', detail.trouble]]),
        ...(detail.damaged === null
          ? []
          : [['damaged', `${detail.damaged}; memfsd store salvage makes a new store of what it holds`]]),
      ]),
    );
  },
});

const parts: readonly (readonly [keyof StoreDetail['space'], string])[] = [
  ['living', 'of present versions'],
  ['history', 'of older versions only'],
  ['conflicts', 'of refused writes only'],
  ['unversioned', 'unversioned'],
  ['free', 'free in the database'],
  ['wal', 'in the write-ahead log'],
];

const spaceRows = (space: StoreDetail['space']): string[][] =>
  parts.map(([key, text]) => ['', `${byteCount(space[key])} ${text}`]);
