import { z } from 'zod';
import { ScheduleBody } from '../../api/endpoints/schedules.js';
import { issueText } from '../../api/issue-text.js';
import { MemfsError } from '../../core/errors.js';
import { durationSeconds, durationText } from '../../dream/triggers/duration.js';
import { applyPolicies, ScheduleSettings } from '../../dream/triggers/schedule.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { safe, table } from '../text.js';

const percent = z.coerce.number().min(0).max(100);

export const dreamSchedule = defineCommand({
  name: 'dream schedule',
  summary: 'let a store dream by itself, and say what of it may be applied unseen; without options, show it',
  arguments: [{ name: 'STORE', description: 'default: the schedules of all stores', optional: true }],
  options: [
    {
      flags: '--cron <expression>',
      description: 'at these times, in the local time of the daemon: "0 3 * * *"',
    },
    { flags: '--every <duration>', description: 'so long after the last dream: 24h, 2d' },
    { flags: '--after-sessions <n>', description: 'when so many sessions have something new' },
    { flags: '--on-session-end', description: 'when a session has ended' },
    { flags: '--engine <engine>', description: 'local (default) or anthropic' },
    {
      flags: '--policy <policy>',
      description:
        'what is applied without a review: manual (default, nothing), safe (merges of equal claims, verifications), ' +
        'auto (also kinds of edits that reviewers of this store nearly always accept)',
    },
    {
      flags: '--max-change <percent>',
      description: "of the store's bytes that one dream may change without a review (default: 5)",
    },
    { flags: '--max-change-30-days <percent>', description: 'the same over 30 days (default: 20)' },
    { flags: '--notify <command>', description: 'for /bin/sh, when a dream waits for review' },
    { flags: '--off', description: 'no dreams by itself any more' },
  ],
  input: z.object({
    cron: z.string().optional(),
    every: z.string().optional(),
    afterSessions: z.coerce.number().int().min(1).optional(),
    onSessionEnd: z.boolean().optional(),
    engine: ScheduleSettings.shape.engine.optional(),
    policy: z.enum(applyPolicies).optional(),
    maxChange: percent.optional(),
    maxChange30Days: percent.optional(),
    notify: z.string().min(1).optional(),
    off: z.boolean().optional(),
  }),
  output: z.object({ schedules: z.array(ScheduleBody) }),
  exits: ['notFound', 'invalid', 'permission'],
  async run(context, [reference], { off, ...options }) {
    const client = await context.daemon();
    const sets = Object.values(options).some((value) => value !== undefined);
    if (reference === undefined && (sets || off))
      throw new MemfsError('usage', 'which store?', { hint: 'memfsd dream schedule STORE --every 24h' });
    if (off && sets)
      throw new MemfsError('usage', '--off goes with no other option', {
        hint: 'memfsd dream schedule --help',
      });
    const store = reference && (await resolveTarget(client, context.around.cwd, reference, undefined)).store;
    if (store && off) await client.schedules.remove({ store });
    if (store && sets) await client.schedules.set({ store, settings: settingsOf(options) });
    const { schedules: all } = await client.schedules.list();
    const schedules = store ? all.filter((each) => each.store === store || each.name === store) : all;
    context.print({ schedules }, () =>
      schedules.length === 0
        ? off
          ? 'it dreams only when it is told to'
          : 'no schedule: memfsd dream schedule STORE --every 24h --after-sessions 5'
        : table(schedules.map(row)),
    );
  },
});

interface Options {
  readonly cron?: string | undefined;
  readonly every?: string | undefined;
  readonly afterSessions?: number | undefined;
  readonly onSessionEnd?: boolean | undefined;
  readonly engine?: ScheduleSettings['engine'] | undefined;
  readonly policy?: ScheduleSettings['policy'] | undefined;
  readonly maxChange?: number | undefined;
  readonly maxChange30Days?: number | undefined;
  readonly notify?: string | undefined;
}

function settingsOf(options: Options): ScheduleSettings {
  const settings = ScheduleSettings.safeParse(
    {
      cron: options.cron ?? null,
      every_s: options.every === undefined ? null : durationSeconds(options.every),
      after_sessions: options.afterSessions ?? null,
      on_session_end: options.onSessionEnd ?? false,
      engine: options.engine ?? 'local',
      policy: options.policy ?? 'manual',
      max_change_percent: options.maxChange ?? 5,
      max_change_percent_30_days: options.maxChange30Days ?? 20,
      notify: options.notify ?? null,
    },
    { error: issueText },
  );
  if (settings.success) return settings.data;
  throw new MemfsError('usage', settings.error.issues[0]!.message, { hint: 'memfsd dream schedule --help' });
}

function row({ name, settings, paused, waiting }: ScheduleBody): string[] {
  const { cron, every_s, after_sessions, on_session_end, policy } = settings;
  const when = [
    ...(cron === null ? [] : [`at ${cron}`]),
    ...(every_s === null ? [] : [`every ${durationText(every_s)}`]),
    ...(after_sessions === null ? [] : [`after ${after_sessions} sessions`]),
    ...(on_session_end ? ['when a session ends'] : []),
  ];
  return [
    safe(name),
    when.join(' or '),
    policy,
    ...(paused ? ['paused'] : []),
    ...(waiting === null ? [] : [`${waiting} waits for review`]),
  ];
}
