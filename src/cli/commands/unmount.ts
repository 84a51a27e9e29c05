import { resolve } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../command.js';
import { realLocation } from '../target.js';

export const unmount = defineCommand({
  name: 'unmount',
  summary: 'take a mount away; refused while files are open below it',
  arguments: [{ name: 'DIR', description: 'the mountpoint' }],
  options: [],
  input: z.object({}),
  output: z.object({ unmounted: z.string() }),
  exits: ['notFound', 'conflict'],
  async run(context, [directory]) {
    const path = realLocation(resolve(context.around.cwd, directory!));
    await (await context.daemon()).unmount(path);
    context.print({ unmounted: path }, () => `unmounted ${path}`);
  },
});
