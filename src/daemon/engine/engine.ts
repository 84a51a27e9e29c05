/** The engine: all of the daemon's work, put together here. */

import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { controlSocket } from '../../api/address.js';
import type { RestartRequest } from '../../api/keeper-state.js';
import { asMemfsError, MemfsError, mayPass } from '../../core/errors.js';
import type { LimitReached } from '../../core/limits.js';
import type { MountInfo } from '../../core/mountinfo.js';
import { failureAt } from '../../journal/storage-failure.js';
import { secretsPolicy } from '../../vfs/secrets.js';
import { systemClock } from '../../vfs/store/clock.js';
import type { StagedDreams } from '../../vfs/store.js';
import { Catalog } from '../catalog.js';
import type { Config } from '../config.js';
import { outlive, takeFence } from '../directory/fence.js';
import { HeldDirectory } from '../directory/held-directory.js';
import { directoryMark } from '../mounts/mount-source.js';
import { Mounts } from '../mounts/mounts.js';
import { EnvironmentThread } from '../processes/environment-thread.js';
import { isComputing, pidNamespace, processIdentity } from '../processes/process.js';
import { ProcessClaims } from '../processes/process-claims.js';
import { EngineSessions } from '../sessions/engine-sessions.js';
import { ProcessTrees } from '../sessions/process-trees.js';
import { SessionActivity } from '../sessions/session-activity.js';
import { SessionRegistry } from '../sessions/session-registry.js';
import { TreeScan } from '../sessions/tree-scan.js';
import { Checkpoints } from '../stores/checkpoints.js';
import { RetentionSchedule } from '../stores/retention-schedule.js';
import { StoreFiles } from '../stores/store-files.js';
import { type StoreFactory, Stores } from '../stores/stores.js';
import { TranscriptThread } from '../transcripts/transcript-thread.js';
import { version } from '../version.js';
import { KeeperLink } from './keeper-link.js';
import type { OpenMessageSocket, ServeConnection } from './kernel.js';

/** Of commands under way when another engine is to take over. */
const requestLimit = 2_000;

/** With the keeper gone the mounts are dead: what is left to do must be done within this time. */
const orphanLimit = 900;

export interface EngineParts {
  readonly data: string;
  readonly config: Config;
  /** Another engine serves yet: what is loaded now, nobody waits for later. */
  readonly standby: boolean;
  /** This process's end of the keeper's socketpair. */
  readonly keeper: number;
  readonly openSocket: OpenMessageSocket;
  readonly serve: ServeConnection;
  readonly storeFactory: StoreFactory;
  /** Listens on a socket file and gives the descriptor. */
  readonly listenOnFile: (path: string) => number;
  readonly owner: { readonly name: string; readonly uid: number };
  readonly mountInfo: () => MountInfo[];
  readonly log: Logger;
  readonly exit: (code: number) => void;
}

export async function runEngine(parts: EngineParts): Promise<void> {
  const { data, config, log, exit } = parts;
  const startedAt = new Date().toISOString();
  let engine: Engine | null = null;
  const link = new KeeperLink(parts.keeper, parts.openSocket, {
    stop: () => (engine === null ? exit(0) : void engine.stop(false)),
    leave: () => (engine === null ? exit(0) : void engine.leave()),
    gone: () => (engine === null ? exit(1) : engine.orphaned()),
  });
  // An engine that cannot load SQLite must not say that it can take over.
  new Catalog(':memory:').close();
  if (parts.standby)
    await Promise.all([import('../dreams/dreaming.js'), import('../control/serve-control.js')]);
  const taken = await link.takeOver();

  // Held until this process ends; nothing of the data is opened before.
  await takeFence(data, taken.keeper);
  const directory = new HeldDirectory(data);
  const catalog = new Catalog(join(data, 'catalog.db'));
  await outlive(data, catalog.lastEngine());
  const { pid } = process;
  const identity = processIdentity(pid)!;
  const epoch = catalog.beginEpoch({ pid, identity, pid_namespace: pidNamespace() });
  // Stores are opened for callers that wait before there are dreams.
  let staged: ((store: string) => StagedDreams) | null = null;
  const options = {
    maxFileBytes: config.max_file_bytes,
    unversioned: config.unversioned,
    limits: config.limits,
    onLimit: ({ message, ...reached }: LimitReached) => log.warn(reached, message),
    ...(config.secrets === 'off' ? {} : { policy: secretsPolicy(config.secrets) }),
    checkpoint: new Checkpoints().run,
    isRunning: isComputing,
    dreams: (store: string) => staged?.(store) ?? null,
    onTrouble: (store: string, trouble: string | null) =>
      trouble === null
        ? log.info({ store }, 'the store can be written to again')
        : log.error({ store, error: trouble }, 'the store cannot be written to for now'),
  };
  const wanted = new Set(catalog.listMounts().map(({ connection }) => connection));
  const held = taken.held.map(({ connection }) => connection);
  const connections = new Set(held.filter((connection) => wanted.has(connection)));
  const stores = new Stores(data, catalog, parts.storeFactory, options, connections);
  const { serve, mountInfo, owner } = parts;
  const environments = new EnvironmentThread();
  const barriers = new Set([taken.keeper, process.pid]);
  const trees = new ProcessTrees(catalog.sessions, barriers);
  const claims = new ProcessClaims((pid) => environments.read(pid), trees);
  const registry = new SessionRegistry({
    table: catalog.sessions,
    now: () => new Date().toISOString(),
    isInUse: (session) => trees.hasProcesses(session) || mounts.pathsOf(session).length > 0,
    isLive: (connection) => mounts.isLive(connection),
    failed: (error) => log.warn({ error: asMemfsError(error).message }, 'a session cannot be remembered'),
    capacity: 16_384,
  });
  const activity = new SessionActivity(() => Date.now());
  const mounts = new Mounts({
    catalog,
    stores,
    link,
    serve,
    claims,
    sessions: registry,
    activity,
    mountInfo,
    mark: directoryMark(data),
    log,
  });
  const running = new Engine({ directory, catalog, stores, mounts, link, log, exit });
  engine = running;

  // Callers wait in the kernel: they come before everything else, even before the code of the control API and of dreams is
  // loaded.
  mounts.adopt(taken.held);
  await mounts.remountMissing();

  const clock = systemClock();
  const retention = new RetentionSchedule(catalog, stores, clock, log);
  const { Dreaming } = await import('../dreams/dreaming.js');
  const transcripts = new TranscriptThread(data, (session) => dreaming.dreams.forgetSession(session));
  const dreaming = new Dreaming({ data, config: config.dream, catalog, stores, transcripts, clock, log });
  staged = (store) => dreaming.staged(store);
  const scan = new TreeScan(trees, barriers, (emptied) => sessions.emptied(emptied));
  const sessions = new EngineSessions({
    registry,
    activity,
    trees,
    scan,
    claims,
    mounts,
    transcripts,
    owner,
    barriers,
  });
  const control = {
    catalog,
    stores,
    mounts,
    files: new StoreFiles({ data, catalog, stores, limitBytes: config.limits.store_bytes }, (store) =>
      dreaming.dreams.forgetStore(store),
    ),
    transcripts,
    dreams: dreaming.dreams,
    schedules: dreaming.schedules,
    sessions,
    owner: owner.name,
    maxFileBytes: config.max_file_bytes,
    limitBytes: config.limits.store_bytes,
    facts: () => ({
      keeper: { pid: taken.keeper },
      engine: { pid: process.pid, version, started_at: startedAt, restarts: taken.restarts, epoch },
      socket: controlSocket(data),
      listen: null,
      data,
    }),
    restart: (request: RestartRequest) => {
      refuseToCutOff(mounts.detached());
      return link.restart(request);
    },
    // The reply goes out first.
    stop: () => {
      const inUse = mounts.usedElsewhere();
      retention.stop();
      scan.stop();
      void dreaming.stop();
      setTimeout(() => void running.stop(true), 20);
      mounts.forgetAll();
      return inUse;
    },
  };
  const { serveControl } = await import('../control/serve-control.js');
  const descriptor = await listening(() => parts.listenOnFile(controlSocket(data)), log);
  running.serveOn(
    await serveControl(control, descriptor, {
      treeOf: (pid) => trees.sessionOf(pid),
      doubtOf: (pid) => trees.doubtOf(pid),
      explain: (thrown, store) =>
        store === undefined ? failureAt(join(data, 'dreams.db'), thrown) : stores.explained(store, thrown),
      log,
    }),
  );
  link.ready();
  dreaming.resume();
  log.info({ version, epoch, restarts: taken.restarts, mounts: mounts.list().length }, 'engine ready');
}

function refuseToCutOff(detached: readonly string[]): void {
  if (detached.length === 0) return;
  const [path] = detached;
  throw new MemfsError(
    'busy',
    `what was mounted at ${path} is in use still, and would be ended under its users by a restart`,
    { hint: 'end its users, then try again; memfsd stop, then memfsd start, ends it' },
  );
}

const listenAgainMs = 1_000;

/** Mounts are served already: a full disk that does not take the socket is waited for. */
async function listening(listen: () => number, log: Logger): Promise<number> {
  for (;;)
    try {
      return listen();
    } catch (thrown) {
      const error = asMemfsError(thrown);
      if (!mayPass(error)) throw error;
      log.error({ error: error.message }, 'there is no control socket for now');
      await delay(listenAgainMs);
    }
}

interface Running {
  readonly directory: HeldDirectory;
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly mounts: Mounts;
  readonly link: KeeperLink;
  readonly log: Logger;
  readonly exit: (code: number) => void;
}

/** The ways in which an engine ends by itself. */
class Engine {
  readonly #parts: Running;
  #server: Server | null = null;
  #ending = false;

  constructor(parts: Running) {
    this.#parts = parts;
  }

  serveOn(server: Server): void {
    this.#server = server;
  }

  /** `forget`: asked for by a person, so the mounts are not made again at the next start. */
  async stop(forget: boolean): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const { directory, stores, mounts, link, log } = this.#parts;
    link.stopping();
    this.#server?.close();
    if (directory.isInPlace()) rmSync(controlSocket(directory.path), { force: true });
    this.#server?.closeIdleConnections();
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (thrown) {
        log.error(asMemfsError(thrown).message);
      }
    };
    await attempt(() => stores.sync());
    await attempt(() => mounts.closeAll(forget));
    this.#end('engine stopped', 0);
  }

  /**
   * Another engine takes over, and with it the callers that wait. Nothing is closed that has mounts: what is not in the
   * databases yet the next engine carries out from the spools, and tells the kernels of it.
   */
  async leave(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const { stores, mounts, log, exit } = this.#parts;
    try {
      await this.#finishRequests();
      await stores.sync();
      if (mounts.list().length === 0) return this.#end('left to the next engine', 0);
    } catch (thrown) {
      log.error(asMemfsError(thrown).message);
    }
    await mounts.leave();
    log.info('left to the next engine');
    exit(0);
  }

  /** New ones wait for the next engine. */
  async #finishRequests(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    const finished = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await Promise.race([finished, delay(requestLimit)]);
  }

  orphaned(): void {
    this.#ending = true;
    setTimeout(() => this.#parts.exit(1), orphanLimit).unref();
    this.#parts.mounts.abandon();
    this.#end('the keeper is gone', 1);
  }

  #end(reason: string, code: number): void {
    const { directory, stores, catalog, log, exit } = this.#parts;
    // SQLite removes its write-ahead logs by their path: they would be those of another daemon.
    if (!directory.isInPlace()) return void exit(1);
    try {
      stores.close();
      catalog.close();
      log.info(reason);
      exit(code);
    } catch (thrown) {
      log.error(asMemfsError(thrown).message);
      exit(1);
    }
  }
}
