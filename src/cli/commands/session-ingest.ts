import { constants, setPriority } from 'node:os';
import { z } from 'zod';
import { IngestReply } from '../../api/endpoints/transcripts.js';
import { readMountInfo } from '../../api/mountinfo.js';
import { Name } from '../../api/parameters.js';
import { asMemfsError } from '../../core/errors.js';
import { transcriptFiles } from '../../sessions/transcript-files.js';
import { defineCommand } from '../command.js';
import { ingestFile, together } from '../ingest-files.js';
import { bar, Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { byteCount, counted, safe } from '../text.js';

const mebibyte = 1024 * 1024;

export const sessionIngest = defineCommand({
  name: 'session ingest',
  summary: 'take transcripts of sessions in: Claude Code files, session events, lists of messages',
  arguments: [{ name: 'FILE...', description: 'files, or directories with .jsonl, .ndjson and .json files' }],
  options: [
    {
      flags: '--store <store>',
      description: 'the store that the sessions worked with: name, id or a path inside a mount',
    },
    { flags: '--agent <name>', description: 'whose sessions these are' },
    {
      flags: '--session <id>',
      description: 'the session that all of it belongs to, whatever the files say; inside of one: that',
    },
    { flags: '--end', description: 'note that these sessions have ended' },
  ],
  input: z.object({
    store: z.string().min(1),
    agent: Name.optional(),
    session: Name.optional(),
    end: z.boolean().optional(),
  }),
  output: IngestReply.extend({
    unrecognised: z.array(z.string()),
    failed: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
  exits: ['notFound', 'permission', 'invalid'],
  async run(context, names, options) {
    const files = await transcriptFiles(context.around.cwd, names, readMountInfo());
    const client = await context.daemon();
    const session = options.session ?? (await client.daemon.status()).session ?? undefined;
    const { store } = await resolveTarget(client, context.around.cwd, options.store, undefined);
    // Mounts come first where processors are few.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    const progress = new Progress(context.around.stderr, !context.json);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    const replies: IngestReply[] = [];
    const unrecognised: string[] = [];
    const failed: { path: string; message: string }[] = [];
    for (const { path } of files) {
      try {
        const reply = await ingestFile(client, path, { ...options, session, store }, (bytes) => {
          done += bytes;
          const text = bar(Math.round(done / mebibyte), Math.round(total / mebibyte));
          progress.show(() => `ingesting ${text} MiB`);
        });
        if (reply.sessions.length === 0 && reply.already_known + reply.deleted === 0) unrecognised.push(path);
        replies.push(reply);
      } catch (thrown) {
        const error = asMemfsError(thrown);
        if (error.code === 'unreachable' || files.length === 1) throw error;
        failed.push({ path, message: error.message });
      } finally {
        progress.clear();
      }
    }
    const result = { ...together(replies), unrecognised, failed };
    if (options.end) for (const { id } of result.sessions) await client.transcripts.end({ session: id });
    for (const path of unrecognised) context.note(`${safe(path)} holds no transcript`);
    for (const { path, message } of failed) context.note(`${safe(path)}: ${message}`);
    if (result.deleted > 0) context.note(`${result.deleted} events belong to sessions that were deleted`);
    context.print(result, () => {
      const skipped = result.sessions.reduce((sum, { skipped_lines }) => sum + skipped_lines, 0);
      return [
        `${counted(result.sessions.length, 'session')} from ${counted(files.length, 'file')} (${byteCount(total)}): ${counted(result.new, 'new event')}, ${result.already_known} known`,
        ...(skipped === 0 ? [] : [`passed over ${counted(skipped, 'broken line')}`]),
      ].join('\n');
    });
  },
});
