import { z } from 'zod';
import { Status } from '../../api/endpoints/daemon.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { loadKeeper } from '../daemon.js';
import { safe } from '../text.js';

export const start = defineCommand({
  name: 'start',
  summary: 'start the daemon, and mount again what was mounted when it last ended without `stop`',
  arguments: [],
  options: [{ flags: '--foreground', description: 'stay in the foreground and log to standard error' }],
  input: z.object({ foreground: z.boolean().default(false) }),
  output: Status.extend({ started: z.boolean() }),
  exits: ['conflict', 'permission', 'invalid'],
  async run(context, _, { foreground }) {
    if (foreground) {
      const { runKeeper } = await loadKeeper();
      await runKeeper(context.data, true, null);
      // The keeper ends the process.
      return new Promise<never>(() => {});
    }
    const { started, status } = await context.start();
    for (const { path, problem } of status.mounts)
      if (problem !== null) context.note(`${quoted(safe(path))}: ${problem}`);
    context.print({ started, ...status }, () =>
      started
        ? `memfsd runs (keeper ${status.keeper.pid}, engine ${status.engine.pid}) on ${status.data}`
        : `memfsd runs already (keeper ${status.keeper.pid}) on ${status.data}`,
    );
  },
});
