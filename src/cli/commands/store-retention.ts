import { z } from 'zod';
import { PruningBody, RetentionBody } from '../../api/endpoints/retention.js';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { byteCount, counted } from '../text.js';

const count = z.coerce.number().int();

export const storeRetention = defineCommand({
  name: 'store retention',
  summary: 'show or set what a store keeps of its history; by default everything',
  arguments: [{ name: 'STORE', description: 'name or id, or a path inside a mount' }],
  options: [
    {
      flags: '--keep-days <n>',
      description: 'keep every state that was the present one within the last n days',
    },
    { flags: '--keep-versions <n>', description: 'keep the newest n versions of each memory' },
    { flags: '--off', description: 'keep everything' },
    { flags: '--now', description: 'take away at once what is not kept, not only once a day' },
    { flags: '--dry-run', description: 'change nothing: only say how much would be taken away' },
  ],
  input: z.object({
    keepDays: count.min(0).max(36_500).optional(),
    keepVersions: count.min(1).max(1_000_000).optional(),
    off: z.boolean().default(false),
    now: z.boolean().default(false),
    dryRun: z.boolean().default(false),
  }),
  output: z.object({
    policy: RetentionBody,
    /** With --now what was taken away, with --dry-run what would be under the limits given, else under the policy. */
    pruned: PruningBody.nullable(),
  }),
  exits: ['notFound', 'conflict', 'permission', 'invalid'],
  async run(context, [reference], { keepDays = null, keepVersions = null, off, now, dryRun }) {
    const sets = keepDays !== null || keepVersions !== null;
    if (sets && off)
      throw new MemfsError('usage', '--off keeps everything: it goes with no limit', {
        hint: 'memfsd store retention --help',
      });
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const { retention } = client;
    const wanted = sets || off ? { keep_days: keepDays, keep_versions: keepVersions } : undefined;
    const isSet = wanted !== undefined && !dryRun;
    const policy = isSet ? await retention.set({ store, ...wanted }) : await retention.show({ store });
    let pruned: PruningBody | null = null;
    if (dryRun) pruned = await retention.wouldPrune({ store, policy: wanted });
    else if (now) pruned = await retention.prune({ store, ...context.actor() });
    context.print({ policy, pruned }, () => {
      const isAsked = dryRun && wanted !== undefined;
      const lines = [isAsked ? `under this policy it ${sentence(wanted)}` : sentence(policy)];
      if (pruned !== null)
        lines.push(
          `${dryRun ? 'would take away' : 'took away'} ${counted(pruned.versions, 'version')}, ${byteCount(pruned.bytes)}`,
        );
      if (isAsked) lines.push(`nothing is changed: for now it ${sentence(policy)}`);
      return lines.join('\n');
    });
  },
});

function sentence({ keep_days, keep_versions }: RetentionBody): string {
  const kept = [
    ...(keep_days === null ? [] : [`every state of the last ${keep_days} days`]),
    ...(keep_versions === null ? [] : [`the newest ${keep_versions} versions of each memory`]),
  ];
  return kept.length === 0 ? 'keeps everything' : `keeps ${kept.join(', and ')}; always what is there now`;
}
