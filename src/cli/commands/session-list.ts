import { z } from 'zod';
import { LiveSession } from '../../api/endpoints/sessions.js';
import { SessionBody } from '../../api/endpoints/transcripts.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { processesText } from '../process-text.js';
import { resolveTarget } from '../target.js';
import { counted, safe, table } from '../text.js';

export const sessionList = defineCommand({
  name: 'session list',
  summary: 'list the sessions whose transcripts are known, the latest first; or those that are at work',
  arguments: [],
  options: [
    { flags: '--store <store>', description: 'only those that worked with this store' },
    {
      flags: '--live',
      description:
        'instead: those that have processes or mounts, with what they asked for since the engine started',
    },
  ],
  input: z
    .object({ store: z.string().min(1).optional(), live: z.boolean().default(false) })
    .refine(({ store, live }) => !live || store === undefined, '--live takes no --store'),
  output: z.object({ sessions: z.union([z.array(SessionBody), z.array(LiveSession)]) }),
  exits: ['notFound', 'permission'],
  async run(context, _, { store, live }) {
    const client = await context.daemon();
    if (live) {
      const { sessions } = await client.sessions.live();
      context.print({ sessions }, () => liveText(sessions));
      return;
    }
    const target = store && (await resolveTarget(client, context.around.cwd, store, undefined)).store;
    const { sessions } = await client.transcripts.list({ store: target });
    context.print({ sessions }, () =>
      sessions.length === 0
        ? 'no transcripts yet: memfsd session ingest FILE --store STORE'
        : table(
            sessions.map(({ id, agent, events, last_time, ended_at }) => [
              safe(id),
              last_time ?? '-',
              `${counted(events, 'event')}`,
              ended_at === null ? '' : 'ended',
              safe(agent ?? '-'),
            ]),
          ),
    );
  },
});

function liveText(sessions: readonly LiveSession[]): string {
  if (sessions.length === 0) return 'no session is at work: memfsd mount, or memfsd session begin --pid PID';
  return table(
    sessions.map(({ id, agent, origin, ended_at, processes, mounts, last_call, calls, refusals }) => [
      safe(id),
      safe(agent),
      ended_at === null ? origin : 'ended',
      processesText(processes),
      mounts.length === 0 ? 'no mount' : mounts.map(quoted).join(' '),
      last_call === null ? 'has not called' : `${counted(calls, 'call')}, last ${last_call}`,
      counted(refusals, 'refusal'),
    ]),
  );
}
