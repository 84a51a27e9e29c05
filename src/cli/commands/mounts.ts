import { z } from 'zod';
import { MountSummary } from '../../api/endpoints/mounts.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { safe, scopeText, table } from '../text.js';

export const mounts = defineCommand({
  name: 'mounts',
  summary: 'list the mounts',
  arguments: [],
  options: [],
  input: z.object({}),
  output: z.object({ mounts: z.array(MountSummary) }),
  exits: [],
  async run(context) {
    const { mounts: list } = await (await context.daemon()).mounts.list();
    context.print({ mounts: list }, () =>
      list.length === 0
        ? 'no mounts: memfsd mount STORE DIR'
        : table(
            list.map((mount) => [
              quoted(safe(mount.path)),
              safe(mount.branch === 'main' ? mount.store_name : `${mount.store_name} on ${mount.branch}`),
              scopeText(mount),
              safe(mount.agent),
              mount.session,
              mount.problem ?? mount.state,
            ]),
          ),
    );
  },
});
