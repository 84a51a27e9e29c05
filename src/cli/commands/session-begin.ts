import { z } from 'zod';
import { LiveSession } from '../../api/endpoints/sessions.js';
import { Name } from '../../api/parameters.js';
import { defineCommand } from '../command.js';
import { safe } from '../text.js';

export const sessionBegin = defineCommand({
  name: 'session begin',
  summary: 'begin a session, for a process and all that descends from it; a shell for itself: --pid $$',
  arguments: [],
  options: [
    {
      flags: '--pid <pid>',
      description:
        'what it and its descendants do on mounts, and ask of memfsd, is of this session, whatever their environment says; ' +
        'without it, only what names the session by MEMFSD_SESSION is',
    },
    { flags: '--session <id>', description: 'its name; default: a new one' },
    { flags: '--agent <name>', description: 'who works in it; default: $MEMFSD_AGENT, else the user' },
  ],
  input: z.object({
    pid: z.coerce.number({ error: 'takes the number of a process' }).int().min(1).optional(),
    session: Name.optional(),
    agent: Name.optional(),
  }),
  output: LiveSession,
  exits: ['notFound', 'permission', 'invalid', 'unsupported'],
  async run(context, _, { pid, session, agent }) {
    const client = await context.daemon();
    const begun = await client.sessions.begin({ agent: agent ?? context.actor().agent, session, pid });
    context.print(begun, () =>
      [
        `session ${safe(begun.id)} of agent ${safe(begun.agent)} has begun${pid === undefined ? '' : ` for process ${pid} and what descends from it`}`,
        ...(pid === undefined
          ? []
          : [
              `process ${pid} stays in it until it ends: after memfsd session end it is not yours again, what it changes is refused`,
            ]),
        `it ends ${pid === undefined ? '' : 'with the last of them, or '}with: memfsd session end ${safe(begun.id)}`,
      ].join('\n'),
    );
  },
});
