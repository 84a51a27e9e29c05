import { z } from 'zod';
import { EndedSession } from '../../api/endpoints/sessions.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { safe } from '../text.js';

export const sessionEnd = defineCommand({
  name: 'session end',
  summary: 'end a session: nothing is changed in its name any more, until it is begun again',
  arguments: [{ name: 'SESSION', description: 'its id, as memfsd session list shows it' }],
  options: [],
  input: z.object({}),
  output: EndedSession,
  exits: ['notFound', 'permission'],
  async run(context, [id]) {
    const session = await (await context.daemon()).sessions.end({ session: id! });
    context.print(session, () => `${safe(session.id)} ended at ${session.ended_at}`);
    for (const path of session.mounts)
      context.note(`its mount stays, for reading: memfsd unmount ${quoted(path)}`);
  },
});
