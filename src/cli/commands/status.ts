import { z } from 'zod';
import { askKeeper } from '../../api/client/keeper.js';
import { Status } from '../../api/endpoints/daemon.js';
import type { MountSummary } from '../../api/endpoints/mounts.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { version } from '../daemon.js';
import { counted, safe, scopeText, table } from '../text.js';
import { versionNote } from '../versions.js';

const guaranteeText = {
  resend: 'calls under way survive the death of the engine',
  abort: 'calls under way end with an error when the engine dies, then it is mounted again',
} as const;

/** The guarantee of a mount, in words. */
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
  output: Status.extend({
    /** `version` null: of a release before keepers told theirs. */
    keeper: z.object({ pid: z.int(), version: z.string().nullable() }),
    /** Of this command. */
    version: z.string(),
    /** What to do when keeper, engine and command are not of one version. */
    version_note: z.object({ text: z.string(), next: z.string() }).nullable(),
  }),
  exits: ['unreachable'],
  async run(context) {
    const now = await context.running().daemon.status();
    const keeper = { pid: now.keeper.pid, version: await keeperVersion(context.data, now.engine.version) };
    const note = versionNote({ engine: now.engine.version, keeper });
    context.print({ ...now, keeper, version, version_note: note }, () =>
      [
        table([
          ['keeper', `process ${keeper.pid}${keeper.version === null ? '' : `, version ${keeper.version}`}`],
          [
            'engine',
            `process ${now.engine.pid}, version ${now.engine.version}, since ${now.engine.started_at}`,
          ],
          ['restarts', String(now.engine.restarts)],
          ['data', now.data],
          ['socket', now.socket],
        ]),
        ...(note === null ? [] : [`note   ${note.text}; ${note.next}`]),
        ...now.mounts.map((mount) => {
          const line = `${quoted(safe(mount.path))}: ${safe(mount.store_name)}, ${scopeText(mount)}, agent ${safe(mount.agent)}`;
          return `mount  ${line}; ${mount.problem ?? promiseText(mount)}`;
        }),
        ...now.stores.map(
          ({ id, name, problem }) => `store  ${safe(name)} (${id})${problem ? `; ${safe(problem)}` : ''}`,
        ),
        ...now.dreams.map(
          ({ id, store_name, staged }) =>
            `dream  ${id} of ${safe(store_name)} waits for review: ${counted(staged, 'edit')}; memfsd dream show ${id}`,
        ),
      ].join('\n'),
    );
  },
});

/** Null: a keeper of a release without its socket. One that is stuck is taken for one of the engine's version. */
export const keeperVersion = async (data: string, engine: string): Promise<string | null> => {
  const keeper = await askKeeper(data).catch(() => undefined);
  return keeper === undefined ? engine : (keeper?.version ?? null);
};
