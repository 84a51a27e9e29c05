import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isOfOtherVersion } from '../../api/client/answer.js';
import { askKeeper } from '../../api/client/keeper.js';
import type { KeeperState, RestartRequest } from '../../api/keeper-state.js';
import { type ErrorCode, errorCodes, MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { programs } from '../daemon.js';

/** Milliseconds. The keeper has limits of its own, which end before. */
const limit = 150_000;
/** That nobody says anything of the restart. */
const silence = 15_000;

const Process = z.object({ pid: z.int(), version: z.string() });

export const restart = defineCommand({
  name: 'restart',
  summary: 'put the program of this command in the place of the daemon that runs; no call on a mount fails',
  arguments: [],
  options: [
    {
      flags: '--engine',
      description: 'only the engine, which does the work; the keeper stays, with its process id',
    },
  ],
  input: z.object({ engine: z.boolean().default(false) }),
  output: z.object({
    /** False: none ran, and one was started. */
    restarted: z.boolean(),
    previous: z.object({ keeper: Process, engine: Process }).nullable(),
    keeper: Process,
    engine: Process,
    mounts: z.int(),
    /** What happens to calls under way when an engine dies (see `status`); null: nothing is mounted. */
    guarantee: z.enum(['resend', 'abort']).nullable(),
  }),
  exits: ['unreachable', 'conflict', 'permission', 'unsupported'],
  async run(context, _, { engine }) {
    const before = (await askKeeper(context.data)) === null ? null : await processes(context);
    if (before === null) await context.start();
    else {
      const id = randomUUID();
      await ask(context, { id, engine_only: engine, programs });
      await outcome(context.data, id);
    }
    const { mounts, ...now } = await processes(context);
    const guarantees = mounts.map(({ guarantee }) => guarantee);
    const guarantee = guarantees.includes('abort') ? 'abort' : (guarantees[0] ?? null);
    if (before !== null && guarantee === 'abort')
      context.note(
        'note: this kernel repeats no calls (Linux 6.9 does): they were answered first, or handed over',
      );
    for (const { path, problem } of mounts) if (problem !== null) context.note(`${path}: ${problem}`);
    const previous = before === null ? null : { keeper: before.keeper, engine: before.engine };
    const result = { restarted: before !== null, previous, ...now, mounts: mounts.length, guarantee };
    context.print(result, () => {
      const ids = `keeper ${now.keeper.pid}, engine ${now.engine.pid}, version ${now.engine.version}`;
      return before === null ? `memfsd did not run; it runs now (${ids})` : `memfsd was restarted (${ids})`;
    });
  },
});

/** Throws `unsupported` for a daemon from before it could be replaced while it is in use. */
async function ask(context: Context, request: RestartRequest): Promise<void> {
  try {
    await context.running().daemon.restart(request);
  } catch (error) {
    if (!isOfOtherVersion(error)) throw error;
    throw new MemfsError(
      'unsupported',
      'the daemon is of a version that cannot be replaced while it is in use',
      {
        hint: 'when nothing is open on its mounts any more: memfsd stop, memfsd start, and mount again',
        cause: error,
      },
    );
  }
}

async function processes(context: Context) {
  const { keeper, engine, mounts } = await context.running().daemon.status();
  const version = (await askKeeper(context.data).catch(() => null))?.version ?? engine.version;
  return {
    keeper: { pid: keeper.pid, version },
    engine: { pid: engine.pid, version: engine.version },
    mounts,
  };
}

/** Resolves when the new one is alone. Throws what kept it from that: then the old one goes on. */
async function outcome(data: string, id: string): Promise<void> {
  const start = Date.now();
  for (let heard = start; Date.now() - start < limit; await delay(50)) {
    const keeper: KeeperState | null = await askKeeper(data).catch(() => null);
    const restart = keeper?.restart?.id === id ? keeper.restart : null;
    if (restart?.state === 'done') return;
    if (restart?.state === 'failed') {
      const { code, message, hint } = restart.error!;
      throw new MemfsError(
        errorCodes.find((each: ErrorCode) => each === code) ?? 'internal',
        `the daemon goes on as it was: ${message}`,
        { hint: hint ?? `what the new one said is in ${data}/memfsd.log` },
      );
    }
    if (restart !== null) heard = Date.now();
    else if (Date.now() - heard > silence) break;
  }
  throw new MemfsError('unreachable', 'nobody says what became of the restart', { hint: 'memfsd status' });
}
