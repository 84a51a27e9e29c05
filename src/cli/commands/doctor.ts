import { z } from 'zod';
import type { Status } from '../../api/endpoints/daemon.js';
import type { MountSummary } from '../../api/endpoints/mounts.js';
import { readMountInfo } from '../../api/mountinfo.js';
import { asMemfsError, ExitCode } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { holdingOf, loadHealth } from '../daemon.js';
import { inspectIsolation } from '../run/isolate/health.js';
import { safe, table } from '../text.js';
import { versionNote } from '../versions.js';
import { keeperVersion, promiseText } from './status.js';

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
    checks.push(inspectIsolation(context.around.environment), ...(await inspectDaemon(context)));
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

async function inspectDaemon(context: Context): Promise<z.infer<typeof Check>[]> {
  const client = context.running();
  let status: Status;
  try {
    status = await client.daemon.status();
  } catch (error) {
    const holding = holdingOf(context.data);
    const { code, message, hint } = asMemfsError(error);
    return holding === null && code === 'unreachable'
      ? [
          { name: 'daemon', state: 'good', detail: 'does not run', cure: 'memfsd start' },
          ...(await loadHealth()).deadMounts(context.data, readMountInfo()),
        ]
      : [{ name: 'daemon', state: 'warning', detail: message, cure: hint ?? null }];
  }
  const { engine, keeper, mounts, stores } = status;
  const version = await keeperVersion(context.data, engine.version);
  const note = versionNote({ engine: engine.version, keeper: { pid: keeper.pid, version } });
  return [
    {
      name: 'daemon',
      state: 'good',
      detail: `runs, keeper ${keeper.pid}, version ${engine.version}, ${engine.restarts} engine restarts`,
      cure: null,
    },
    ...(note === null
      ? []
      : [{ name: 'version', state: 'warning' as const, detail: note.text, cure: note.next }]),
    ...stores.flatMap(({ name, problem }) =>
      problem
        ? [
            {
              name: 'store',
              state: 'warning' as const,
              detail: `${safe(name)}: ${safe(problem)}`,
              cure: storeCure(name),
            },
          ]
        : [],
    ),
    ...mounts.map((mount) => ({
      name: 'mount',
      state: isGood(mount) ? ('good' as const) : ('warning' as const),
      detail: `${quoted(safe(mount.path))}: ${mount.problem ?? promiseText(mount)}`,
      cure: null,
    })),
  ];
}

const storeCure = (name: string): string =>
  `memfsd verify ${quoted(name)}; memfsd store salvage ${quoted(name)} NAME; or a backup: memfsd store import NAME --snapshot FILE`;

const isGood = ({ state, guarantee, problem }: MountSummary): boolean =>
  state === 'mounted' && guarantee === 'resend' && problem === null;
