import { z } from 'zod';
import type { ControlClient } from '../../api/client.js';
import { Selector } from '../../api/protocol.js';
import { defineCommand } from '../command.js';
import { Difference, printDifference } from '../difference.js';
import { patchCreator } from '../patch.js';
import { resolveTarget, type Target } from '../target.js';

const differenceFound = 10;

export const diff = defineCommand({
  name: 'diff',
  summary: 'compare two states of a store or of one path; by default the last change',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'a memory or a directory', optional: true },
  ],
  options: [
    { flags: '--from <version>', description: 'the older state; default: just before the last change' },
    { flags: '--to <version>', description: 'the newer state; default: now' },
    { flags: '--exit-code', description: `exit with ${differenceFound} when there is a difference` },
  ],
  input: z.object({
    from: Selector.optional(),
    to: Selector.optional(),
    exitCode: z.boolean().default(false),
  }),
  output: Difference,
  stream: true,
  exits: ['notFound', 'invalid'],
  async run(context, [reference, pathArgument], { from, to, exitCode }) {
    const client = await context.daemon();
    const target = await resolveTarget(client, context.around.cwd, reference!, pathArgument);
    const older = from ?? (await beforeLastChange(client, target));
    const createPatch = await patchCreator();
    let different = false;
    for await (const entry of client.diff(target.store, { path: target.path, from: older, to })) {
      different = true;
      printDifference(context, entry, createPatch);
    }
    return exitCode && different ? differenceFound : 0;
  },
});

async function beforeLastChange(client: ControlClient, { store, path }: Target): Promise<string> {
  for await (const { seq } of client.log(store, {
    limit: 1,
    reverse: true,
    ...(path === undefined ? {} : { path }),
  }))
    return String(seq - 1);
  return '0';
}
