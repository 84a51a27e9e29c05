import { z } from 'zod';
import { SessionBody } from '../../api/endpoints/transcripts.js';
import { defineCommand } from '../command.js';
import { counted, safe } from '../text.js';

export const sessionDelete = defineCommand({
  name: 'session delete',
  summary: 'remove the transcript of a session for good; it is not ingested again',
  arguments: [{ name: 'SESSION', description: 'its id, as memfsd session list shows it' }],
  options: [],
  input: z.object({}),
  output: SessionBody,
  exits: ['notFound', 'permission'],
  async run(context, [id]) {
    const session = await (await context.daemon()).transcripts.delete({ session: id! });
    context.print(session, () => `deleted ${safe(session.id)}: ${counted(session.events, 'event')}`);
    for (const file of session.files) context.note(`the file itself is still there: ${safe(file)}`);
  },
});
