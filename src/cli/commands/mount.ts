import { z } from 'zod';
import { MountSummary } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { prepareMountpoint } from '../mountpoint.js';
import { quoted } from '../text.js';

export const mount = defineCommand({
  name: 'mount',
  summary: 'show a store as a directory',
  arguments: [
    { name: 'STORE', description: 'name or id' },
    { name: 'DIR', description: 'an empty directory; made (0555) if absent' },
  ],
  options: [
    { flags: '--read-only', description: 'every change is refused with EROFS' },
    {
      flags: '--agent <name>',
      description: 'who works here, for the journal; default: $MEMFSD_AGENT, else the user',
    },
    {
      flags: '--session <id>',
      description: 'the session to record; default: $MEMFSD_SESSION, else a new one',
    },
    { flags: '--allow-other', description: 'let other users in, as far as the permission bits go' },
    {
      flags: '--suid-dev',
      description: 'for conformance tests, root only: set-user-id files and device nodes work',
    },
  ],
  input: z.object({
    readOnly: z.boolean().default(false),
    agent: z.string().min(1).max(255).optional(),
    session: z.string().min(1).max(255).optional(),
    allowOther: z.boolean().default(false),
    suidDev: z.boolean().default(false),
  }),
  output: MountSummary,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'unsupported'],
  async run(context, [store, directory], { readOnly, agent, session, allowOther, suidDev }) {
    // A start mounts again what a crash left dead: only then the mountpoint can be judged.
    const client = await context.daemon();
    const mountpoint = prepareMountpoint(context.around.cwd, directory!, store!);
    const actor = context.actor();
    try {
      const mounted = await client.mount({
        store: store!,
        path: mountpoint.path,
        scope: readOnly ? 'read_only' : 'read_write',
        agent: agent ?? actor.agent,
        session: session ?? actor.session,
        allow: [],
        precondition: 'observed',
        on_conflict: 'refuse',
        allow_other: allowOther,
        suid_dev: suidDev,
      });
      if (mounted.problem !== null) context.note(mounted.problem);
      context.print(mounted, () => `${mounted.store_name} is mounted at ${quoted(mounted.path)}`);
    } catch (error) {
      mountpoint.undo();
      throw error;
    }
  },
});
