import { z } from 'zod';
import { TranscriptEvent } from '../../sessions/event.js';
import { defineCommand } from '../command.js';
import { eventText } from '../event-text.js';

export const sessionShow = defineCommand({
  name: 'session show',
  summary: 'print the transcript of a session, in the order of the conversation',
  arguments: [{ name: 'SESSION', description: 'its id, as memfsd session list shows it' }],
  options: [
    { flags: '--after <cursor>', description: 'go on after the event with this cursor' },
    { flags: '--limit <n>', description: 'at most so many events' },
  ],
  input: z.object({
    after: z.string().optional(),
    limit: z.coerce.number().int().min(1).optional(),
  }),
  output: TranscriptEvent,
  stream: true,
  exits: ['notFound', 'invalid'],
  async run(context, [id], options) {
    const client = await context.daemon();
    let [count, last] = [0, ''];
    for await (const event of client.transcripts.events({ session: id!, ...options })) {
      context.print(event, () => eventText(event));
      [count, last] = [count + 1, event.cursor];
    }
    if (count === options.limit) context.note(`next: memfsd session show ${id} --after ${last}`);
  },
});
