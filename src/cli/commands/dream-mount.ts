import { join } from 'node:path';
import { z } from 'zod';
import { DreamDetail } from '../../api/endpoints/dreams.js';
import { MountSummary } from '../../api/endpoints/mounts.js';
import { Name } from '../../api/parameters.js';
import { MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { waitsForReview } from '../../dream/dream.js';
import { defineCommand } from '../command.js';
import { dreamArgument } from '../dream-argument.js';
import { movedText } from '../dream-text.js';
import { prepareMountpoint } from '../mountpoint.js';

export const dreamMount = defineCommand({
  name: 'dream mount',
  summary: 'show what a dream makes of the store as a directory, to compare and to correct',
  arguments: [dreamArgument, { name: 'DIR', description: 'an empty directory; made (0555) if absent' }],
  options: [
    {
      flags: '--agent <name>',
      description: 'the reviewer, to whom changes in it are put down; default: $MEMFSD_AGENT, else the user',
    },
    {
      flags: '--session <id>',
      description: 'the session to record; default: $MEMFSD_SESSION, else a new one',
    },
  ],
  input: z.object({
    agent: Name.optional(),
    session: Name.optional(),
  }),
  /** `compare`: the command that shows what it changes. */
  output: MountSummary.extend({ compare: z.string(), moved: DreamDetail.shape.moved }),
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'unsupported'],
  async run(context, [id, directory], options) {
    const client = await context.daemon();
    const dream = await client.dreams.show({ dream: id! });
    if (dream.branch === null || !waitsForReview(dream))
      throw new MemfsError(
        'conflict',
        `the dream ${dream.id} is ${dream.status}: there is nothing to review`,
        {
          hint: `memfsd dream show ${dream.id}`,
        },
      );
    const mountpoint = prepareMountpoint(context.around.cwd, directory!);
    const { agent } = context.actor();
    try {
      const mounted = await client.mounts.mount({
        store: dream.store,
        path: mountpoint.path,
        branch: dream.branch,
        agent: options.agent ?? agent,
        session: options.session,
      });
      const base = join(mounted.path, '.memfs', 'dreams', dream.id, 'base');
      const compare = `diff -ru ${quoted(base)} ${quoted(mounted.path)}`;
      const { moved } = dream;
      context.print({ ...mounted, compare, moved }, () =>
        [
          `${dream.id} is mounted at ${quoted(mounted.path)}; what is changed there becomes part of it`,
          ...(moved === null ? [] : [movedText(moved)]),
          'next:',
          `  ${compare}`,
          `  memfsd dream apply ${dream.id}`,
        ].join('\n'),
      );
      return undefined;
    } catch (error) {
      mountpoint.undo();
      throw error;
    }
  },
});
