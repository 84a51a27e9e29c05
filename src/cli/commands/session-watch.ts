import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { IngestReply } from '../../api/endpoints/transcripts.js';
import { readMountInfo } from '../../api/mountinfo.js';
import { Name } from '../../api/parameters.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { isOnMount } from '../../sessions/transcript-files.js';
import { defineCommand } from '../command.js';
import { ingestFile } from '../ingest-files.js';
import { IngestQueue } from '../ingest-queue.js';
import { resolveTarget } from '../target.js';
import { counted, safe } from '../text.js';

export const sessionWatch = defineCommand({
  name: 'session watch',
  summary: 'ingest the transcripts below a directory, and what is added to them, until it is interrupted',
  arguments: [{ name: 'DIR', description: 'a directory outside of all mounts, such as ~/.claude/projects' }],
  options: [
    { flags: '--store <store>', description: 'the store that the sessions worked with' },
    { flags: '--agent <name>', description: 'whose sessions these are' },
  ],
  input: z.object({
    store: z.string().min(1),
    agent: Name.optional(),
  }),
  output: IngestReply.extend({ path: z.string() }),
  stream: true,
  exits: ['notFound', 'permission', 'invalid', 'unreachable', 'limit'],
  async run(context, [directory], options) {
    const { around } = context;
    const root = existing(resolve(around.cwd, directory!));
    if (isOnMount(root, readMountInfo()))
      throw new MemfsError('invalid', `${root} is on a mount of memfsd: what is there are memories`);
    const client = await context.daemon();
    const session = (await client.daemon.status()).session ?? undefined;
    const { store } = await resolveTarget(client, around.cwd, options.store, undefined);
    const { watchTranscripts } = await import('../../sessions/watch.js');

    const queue = new IngestQueue(async (path) => {
      try {
        const reply = await ingestFile(client, path, { ...options, session, store }, () => {});
        if (reply.new > 0)
          context.print({ path, ...reply }, () => `${safe(path)}: ${counted(reply.new, 'new event')}`);
      } catch (thrown) {
        const { code, message } = asMemfsError(thrown);
        if (code === 'unreachable') return 'again';
        // Gone before it was read: its next name is told of, too.
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') context.note(`${safe(path)}: ${message}`);
      }
      return 'done';
    });
    await new Promise<never>((_, reject) => {
      watchTranscripts(root, readMountInfo, {
        changed: (path) => queue.push(path),
        failed: (error) => reject(watchFailure(error)),
      });
    });
  },
});

function existing(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new MemfsError('not_found', `${path} does not exist`, { cause });
  }
}

function watchFailure(error: NodeJS.ErrnoException): MemfsError {
  if (error.code === 'ENOSPC' || error.code === 'EMFILE')
    return new MemfsError('limit', 'the kernel watches no more directories for this user', {
      hint: 'raise fs.inotify.max_user_watches or fs.inotify.max_user_instances with sysctl',
      cause: error,
    });
  return asMemfsError(error);
}
