import { resolve } from 'node:path';
import { z } from 'zod';
import { UnmountReply } from '../../api/endpoints/mounts.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { realLocation } from '../target.js';
import { safe } from '../text.js';

export const unmount = defineCommand({
  name: 'unmount',
  summary: 'take a mount away; refused while it is in use, here or at another place, unless it may be lazy',
  arguments: [{ name: 'DIR', description: 'the mountpoint' }],
  options: [
    { flags: '--lazy', description: 'what is in use goes out of sight, and is gone with its last user' },
  ],
  input: z.object({ lazy: z.boolean().default(false) }),
  output: UnmountReply,
  exits: ['notFound', 'conflict'],
  async run(context, [directory], { lazy }) {
    const path = realLocation(resolve(context.around.cwd, directory!));
    const reply = await (await context.daemon()).mounts.unmount({ path, lazy });
    context.print(
      reply,
      () =>
        `unmounted ${quoted(safe(path))}${reply.detached ? '; it is in use still, and gone with its last user' : ''}`,
    );
  },
});
