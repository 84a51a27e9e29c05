/** One run: stores mounted, a session begun, COMMAND run, and all of it taken back. */
import { realpathSync } from 'node:fs';
import { constants } from 'node:os';
import type { ControlClient } from '../../api/client/client.js';
import type { MountRequest } from '../../api/endpoints/mounts.js';
import type { LiveSession } from '../../api/endpoints/sessions.js';
import type { StoreSummary } from '../../api/endpoints/stores.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { ScopeRule } from '../../core/scope.js';
import type { Context } from '../context.js';
import { processesText } from '../process-text.js';
import { printError } from '../report.js';
import { counted, safe } from '../text.js';
import { CommandProcess, type Launch } from './command-process.js';
import { runVariables } from './environment.js';
import { ingestWhatRan } from './ingest.js';
import { Enclosing, type WallOptions } from './isolate/enclose.js';
import { makeHome, removeHome } from './isolate/private-home.js';
import { preparePlaces } from './places.js';
import { RunMounts } from './run-mounts.js';
import { RunSession } from './run-session.js';
import { RunSignals } from './signals.js';
import { starter } from './starter.js';
import { parseStoreArgument, type StoreArgument } from './store-argument.js';

export interface RunOptions {
  /** As `--store` names them; at least one. */
  readonly stores: readonly string[];
  readonly session: string | undefined;
  readonly agent: string | undefined;
  /** Undefined: a private one. */
  readonly directory: string | undefined;
  readonly allow: readonly ScopeRule[];
  readonly precondition: MountRequest['precondition'];
  readonly onConflict: MountRequest['on_conflict'];
  readonly transcript: string | undefined;
  /** Undefined: COMMAND runs as any other program does. */
  readonly wall: WallOptions | undefined;
}

type Undo = () => void | Promise<void>;

/** As shells say it. */
const notFound = 127;
const notExecutable = 126;
/** COMMAND was told to end: the session ends with it, whatever it had begun. */
const endings = new Set(
  (['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const).map((name) => 128 + constants.signals[name]),
);

/** Resolves to COMMAND's exit status. Throws what kept it from beginning, after all is taken back. */
export async function runCommand(
  context: Context,
  command: readonly string[],
  options: RunOptions,
): Promise<number> {
  const signals = new RunSignals(context.around);
  const undo: Undo[] = [];
  try {
    return await run(context, command, options, signals, undo);
  } catch (thrown) {
    if (signals.interrupted === undefined) throw thrown;
    return signals.interrupted;
  } finally {
    signals.stopPassing();
    for (const step of undo.reverse()) await attempt(context, step);
    signals.release();
  }
}

async function run(
  context: Context,
  command: readonly string[],
  options: RunOptions,
  signals: RunSignals,
  undo: Undo[],
): Promise<number> {
  const client = await context.daemon();
  const session = await RunSession.choose(context, client, options);
  const stores = await chosen(client, options.stores.map(parseStoreArgument));
  const enclosing = options.wall && new Enclosing(context, options.wall);
  signals.check();

  const places = preparePlaces(context.around.cwd, options.directory, stores);
  undo.push(() => places.remove());
  const home = enclosing && makeHome();
  if (home !== undefined) undo.push(() => removeHome(home));
  const variables = runVariables({
    ...session.actor,
    mount: places.whole,
    mounts: stores.map(({ name }, i) => ({ name, path: places.paths[i]! })),
  });
  const launch =
    enclosing?.launch({ command, memory: places.paths, variables, home: home! }) ??
    openly(context, command, variables);

  // It does nothing yet. Whatever ends this process ends it, and so the session and its mounts.
  const process = new CommandProcess(launch);
  undo.push(() => process.release());
  await session.begin(await process.pid());
  undo.push(() => session.end());
  const mounts = new RunMounts(context);
  undo.push(() => mounts.remove());
  for (const [i, { id, access }] of stores.entries()) {
    signals.check();
    await mounts.add(client, id, places.paths[i]!, {
      ...session.actor,
      branch: 'main',
      scope: access === 'ro' ? 'read_only' : 'read_write',
      allow: [...options.allow],
      precondition: options.precondition,
      on_conflict: options.onConflict,
      allow_other: false,
      suid_dev: false,
      for_run: { remove: [...places.made, ...(home === undefined ? [] : [home])] },
    });
  }

  const start = Date.now();
  signals.passTo({ signal: (signal) => process.signal(signal), sharesTerminal: !launch.newSession });
  const refused = await process.begin();
  if (refused !== null) return notBegun(context, command[0]!, refused, options);
  const status = await process.ended;
  signals.stopPassing();
  const ran = {
    ...session.actor,
    stores: stores.map(({ id }) => id),
    start,
    named: options.transcript,
    home,
  };
  const left = endings.has(status) ? [] : await session.leftBehind();
  if (left.length > 0) {
    // The daemon takes the rest back when the last of them has ended.
    undo.splice(0, undo.length, () => process.release());
    context.note(leftText(session.actor.session, places.paths, left));
  }
  undo.push(() => ingestWhatRan(context, client, ran));
  return status;
}

function leftText(session: string, paths: readonly string[], processes: LiveSession['processes']): string {
  const where = paths.map(quoted).join(', ');
  return [
    `memfsd: COMMAND left ${counted(processes.length, 'process')} at work (${processesText(processes)})`,
    `memfsd: the session ${safe(session)} and its ${paths.length === 1 ? 'mount' : 'mounts'} (${where}) stay until the last of them has ended`,
  ].join('\n');
}

async function attempt(context: Context, step: Undo): Promise<void> {
  try {
    await step();
  } catch (thrown) {
    context.note(`memfsd: ${asMemfsError(thrown).message}`);
  }
}

type ChosenStore = StoreSummary & Pick<StoreArgument, 'access'>;

async function chosen(client: ControlClient, wanted: readonly StoreArgument[]): Promise<ChosenStore[]> {
  const { stores: all } = await client.stores.list();
  const stores = wanted.map(({ store, access }) => {
    const found = all.find(({ id, name }) => id === store || name === store);
    if (found === undefined)
      throw new MemfsError('not_found', `there is no store "${store}"`, {
        hint: store.includes(':')
          ? 'behind the colon of --store comes ro or rw; memfsd store list'
          : 'memfsd store list',
      });
    return { ...found, access };
  });
  const twice = stores.find(({ id }, i) => stores.findIndex((other) => other.id === id) !== i);
  if (twice !== undefined)
    throw new MemfsError('usage', `--store: "${twice.name}" is given twice`, { hint: 'memfsd run --help' });
  return stores;
}

/** Without a wall: it finds the same daemon. */
const openly = (
  context: Context,
  command: readonly string[],
  variables: Readonly<Record<string, string>>,
): Launch => ({
  program: starter(),
  args: ['--control', '3', '--', ...command],
  environment: { ...context.around.environment, MEMFSD_HOME: realpathSync(context.data), ...variables },
  wall: false,
  newSession: false,
});

function notBegun(context: Context, command: string, errno: string, { wall }: RunOptions): number {
  const isMissing = errno === 'ENOENT' || errno === 'ENOTDIR';
  const hint = wall && { hint: 'behind the wall only the system, the working directory and --bind are seen' };
  const error = isMissing
    ? new MemfsError('not_found', `${command}: no such command`, hint)
    : errno === 'EACCES'
      ? new MemfsError('access_denied', `${command}: may not be executed`, hint)
      : new MemfsError('invalid', `${command}: cannot be executed (${errno})`, hint);
  printError(context.around.stderr, context.json, error);
  return isMissing ? notFound : notExecutable;
}
