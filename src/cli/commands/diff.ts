import { z } from 'zod';
import type { ControlClient } from '../../api/client/client.js';
import { Selector } from '../../api/parameters.js';
import { ExitCode, MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { Difference, printDifference } from '../difference.js';
import { patchCreator } from '../patch.js';
import { resolveTarget, type Target } from '../target.js';

export const diff = defineCommand({
  name: 'diff',
  summary: 'compare two states of a store or of one path; by default the last change',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'a memory or a directory', optional: true },
  ],
  options: [
    {
      flags: '--branch <name>',
      description:
        'default: main, or what the mount shows; of a branch, the older state is where it was forked',
    },
    { flags: '--from <version>', description: 'the older state; default: just before the last change' },
    { flags: '--to <version>', description: 'the newer state; default: now' },
    { flags: '--exit-code', description: `exit with ${ExitCode.difference} when there is a difference` },
  ],
  input: z.object({
    branch: z.string().min(1).optional(),
    from: Selector.optional(),
    to: Selector.optional(),
    exitCode: z.boolean().default(false),
  }),
  output: Difference,
  stream: true,
  exits: ['notFound', 'invalid', 'difference'],
  async run(context, [reference, pathArgument], { branch, from, to, exitCode }) {
    const daemon = await context.daemon();
    const target = await resolveTarget(daemon, context.around.cwd, reference!, pathArgument);
    const client = daemon.onBranch(branch ?? target.branch);
    const older = from ?? (await forkOf(client, target, branch)) ?? (await beforeLastChange(client, target));
    const createPatch = await patchCreator();
    let different = false;
    for await (const entry of client.history.diff({
      store: target.store,
      path: target.path,
      from: older,
      to,
    })) {
      different = true;
      printDifference(context, entry, createPatch);
    }
    return exitCode && different ? ExitCode.difference : ExitCode.done;
  },
});

/** Where a named branch was made from main; undefined for main. Throws `not_found`. */
async function forkOf(
  client: ControlClient,
  { store }: Target,
  branch: string | undefined,
): Promise<string | undefined> {
  if (branch === undefined) return undefined;
  const { branches } = await client.stores.show({ store });
  const found = branches.find(({ name }) => name === branch);
  if (found === undefined) throw new MemfsError('not_found', `the store has no branch "${branch}"`);
  return found.fork_seq === null ? undefined : String(found.fork_seq);
}

async function beforeLastChange(client: ControlClient, { store, path }: Target): Promise<string> {
  for await (const { seq } of client.history.log({ store, path, limit: 1, reverse: true }))
    return String(seq - 1);
  return '0';
}
