import { z } from 'zod';
import { ExitCode } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { loadHealth } from '../daemon.js';
import { table } from '../text.js';
import { promiseText } from './status.js';

const Check = z.object({
  name: z.string(),
  /** `bad`: mounting does not work; `warning`: something is weaker than it could be. */
  state: z.enum(['good', 'warning', 'bad']),
  detail: z.string(),
  cure: z.string().nullable(),
});

const marks = { good: 'ok', warning: 'weak', bad: 'BAD' } as const;

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'say what works on this machine, what does not, and the cure; exits 8 when mounting cannot work',
  arguments: [],
  options: [],
  input: z.object({}),
  output: z.object({ checks: z.array(Check), can_mount: z.boolean() }),
  exits: ['unsupported'],
  async run(context) {
    const { inspectMachine } = await loadHealth();
    const checks: z.infer<typeof Check>[] = inspectMachine(context.data);
    const client = context.running();
    const keeper = await client.keeper().catch(() => null);
    checks.push({
      name: 'daemon',
      state: 'good',
      detail:
        keeper === null ? 'does not run' : `runs, keeper ${keeper.pid}, ${keeper.restarts} engine restarts`,
      cure: keeper === null ? 'memfsd start' : null,
    });
    if (keeper !== null)
      for (const mount of (await client.status()).mounts)
        checks.push({
          name: 'mount',
          state: mount.state === 'mounted' && mount.guarantee === 'resend' ? 'good' : 'warning',
          detail: `${mount.path}: ${mount.problem ?? promiseText(mount)}`,
          cure: null,
        });
    const canMount = !checks.some(({ state }) => state === 'bad');
    context.print({ checks, can_mount: canMount }, () =>
      table(
        checks.map(({ name, state, detail, cure }) => [
          marks[state],
          name,
          cure === null ? detail : `${detail}. Cure: ${cure}`,
        ]),
      ),
    );
    return canMount ? ExitCode.done : ExitCode.unsupported;
  },
});
