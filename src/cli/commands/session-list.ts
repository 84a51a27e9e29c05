import { z } from 'zod';
import { SessionBody } from '../../api/transcripts.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { counted, safe, table } from '../text.js';

export const sessionList = defineCommand({
  name: 'session list',
  summary: 'list the sessions whose transcripts are known, the latest first',
  arguments: [],
  options: [{ flags: '--store <store>', description: 'only those that worked with this store' }],
  input: z.object({ store: z.string().min(1).optional() }),
  output: z.object({ sessions: z.array(SessionBody) }),
  exits: ['notFound'],
  async run(context, _, { store }) {
    const client = await context.daemon();
    const target = store && (await resolveTarget(client, context.around.cwd, store, undefined)).store;
    const sessions = await client.listSessions(target);
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
