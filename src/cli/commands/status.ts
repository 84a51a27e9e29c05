import { z } from 'zod';
import { type MountSummary, Status } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { safe, scopeText, table } from '../text.js';

const guaranteeText = {
  resend: 'calls under way survive the death of the engine',
  abort: 'calls under way end with an error when the engine dies, then it is mounted again',
} as const;

/** What a mount promises, in words. */
export const promiseText = ({ guarantee, names }: Pick<MountSummary, 'guarantee' | 'names'>): string =>
  names === 'at_once'
    ? guaranteeText[guarantee]
    : `${guaranteeText[guarantee]}; names changed by commands show within a second`;

export const status = defineCommand({
  name: 'status',
  summary: 'show the daemon, its mounts and its stores',
  arguments: [],
  options: [],
  input: z.object({}),
  output: Status,
  exits: ['unreachable'],
  async run(context) {
    const now = await context.running().status();
    context.print(now, () =>
      [
        table([
          ['keeper', `process ${now.keeper.pid}`],
          [
            'engine',
            `process ${now.engine.pid}, version ${now.engine.version}, since ${now.engine.started_at}`,
          ],
          ['restarts', String(now.engine.restarts)],
          ['data', now.data],
          ['socket', now.socket],
        ]),
        ...now.mounts.map((mount) => {
          const line = `${safe(mount.path)}: ${safe(mount.store_name)}, ${scopeText(mount)}, agent ${safe(mount.agent)}`;
          return `mount  ${line}; ${mount.problem ?? promiseText(mount)}`;
        }),
        ...now.stores.map(({ id, name }) => `store  ${safe(name)} (${id})`),
        ...now.dreams.map(
          ({ id, store_name, staged }) =>
            `dream  ${id} of ${safe(store_name)} waits for review: ${staged} edits; memfsd dream show ${id}`,
        ),
      ].join('\n'),
    );
  },
});
