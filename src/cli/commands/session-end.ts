import { z } from 'zod';
import { SessionBody } from '../../api/transcripts.js';
import { defineCommand } from '../command.js';
import { safe } from '../text.js';

export const sessionEnd = defineCommand({
  name: 'session end',
  summary: 'note that a session has ended',
  arguments: [{ name: 'SESSION', description: 'its id, as memfsd session list shows it' }],
  options: [],
  input: z.object({}),
  output: SessionBody,
  exits: ['notFound'],
  async run(context, [id]) {
    const session = await (await context.daemon()).endSession(id!);
    context.print(session, () => `${safe(session.id)} ended at ${session.ended_at}`);
  },
});
