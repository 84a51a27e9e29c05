import { z } from 'zod';
import { ScheduleBody } from '../../api/endpoints/schedules.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { safe } from '../text.js';

function pausing(verb: 'pause' | 'resume', summary: string) {
  const paused = verb === 'pause';
  return defineCommand({
    name: `dream ${verb}`,
    summary,
    arguments: [{ name: 'STORE', description: 'default: every store', optional: true }],
    options: [],
    input: z.object({}),
    output: z.object({ schedules: z.array(ScheduleBody) }),
    exits: ['notFound', 'permission'],
    async run(context, [reference]) {
      const client = await context.daemon();
      const store =
        reference === undefined
          ? null
          : (await resolveTarget(client, context.around.cwd, reference, undefined)).store;
      const { schedules } = await client.schedules.pause({ store, paused });
      context.print({ schedules }, () =>
        schedules.length === 0
          ? 'no store has a schedule'
          : schedules
              .map(
                ({ name }) =>
                  `${safe(name)} ${paused ? 'does not dream by itself until resumed' : 'goes on'}`,
              )
              .join('\n'),
      );
    },
  });
}

export const dreamPause = pausing('pause', 'hold the schedules of dreams; what is under way goes on');
export const dreamResume = pausing(
  'resume',
  'let the schedules of dreams go on; what was missed is made up once',
);
