/** Sessions as the control API has them: begun and ended by the owner, listed while they live. */
import { randomBytes } from 'node:crypto';
import type { BeginRequest, EndedSession, LiveSession } from '../../api/endpoints/sessions.js';
import type { SessionBody } from '../../api/endpoints/transcripts.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import type { Mounts } from '../mounts/mounts.js';
import { isRunning, processImage, processName, sharesPidNamespace, uidsOf } from '../processes/process.js';
import type { ProcessClaims } from '../processes/process-claims.js';
import type { TranscriptThread } from '../transcripts/transcript-thread.js';
import type { ProcessTrees } from './process-trees.js';
import type { SessionActivity } from './session-activity.js';
import type { SessionRegistry } from './session-registry.js';
import type { SessionRow } from './session-table.js';
import type { TreeScan } from './tree-scan.js';

export interface EngineSessionsParts {
  readonly registry: SessionRegistry;
  readonly activity: SessionActivity;
  readonly trees: ProcessTrees;
  readonly scan: TreeScan;
  readonly claims: ProcessClaims;
  readonly mounts: Mounts;
  readonly transcripts: Pick<TranscriptThread, 'end'>;
  /** Of the user whose daemon it is. */
  readonly owner: { readonly name: string; readonly uid: number };
  /** The daemon's own processes. */
  readonly barriers: ReadonlySet<number>;
}

/** In ms, between two looks at a `memfsd run` whose command has ended. */
const runPatience = 500;

/** Of one session, that are listed. */
const shownProcesses = 200;

export class EngineSessions {
  readonly #parts: EngineSessionsParts;
  /** By session, the `memfsd run` that has it. */
  readonly #runs = new Map<string, { readonly pid: number; readonly started: string | undefined }>();

  constructor(parts: EngineSessionsParts) {
    this.#parts = parts;
    // Of a run that ended with the last engine nothing may be known but its mounts.
    const left = [...parts.mounts.ofRuns()].filter((session) => !parts.trees.hasProcesses(session));
    this.emptied([...new Set([...parts.trees.emptied, ...left])]);
    if (parts.trees.size > 0) parts.scan.wake();
  }

  get registry(): SessionRegistry {
    return this.#parts.registry;
  }

  get activity(): SessionActivity {
    return this.#parts.activity;
  }

  /**
   * One that has ended begins anew. `caller`: the owner's process. Throws `not_found`, `not_permitted`, `invalid` or
   * `unsupported` for a process that cannot have a session.
   */
  begin({ session, agent, pid, origin }: BeginRequest, caller: number): LiveSession {
    const { registry, trees, scan, owner } = this.#parts;
    const started = pid === undefined ? null : this.#startOf(pid, caller);
    const id = session ?? newId('session', randomBytes);
    registry.begin(id, agent ?? registry.find(id)?.agent ?? owner.name, origin);
    if (origin === 'run') this.#runs.set(id, { pid: caller, started: processImage(caller)?.started });
    if (pid !== undefined && started !== null) {
      trees.begin(pid, started, id);
      scan.wake();
    }
    return this.summary(id);
  }

  /** When a process began that a session may be begun for. */
  #startOf(pid: number, caller: number): string {
    const { owner, barriers } = this.#parts;
    if (sharesPidNamespace(caller) !== true)
      throw new MemfsError('unsupported', `another process has the number ${pid} where the daemon runs`, {
        hint: 'run the command in the pid namespace of the daemon',
      });
    const image = processImage(pid);
    if (!isRunning(image) || image.ending)
      throw new MemfsError('not_found', `there is no process ${pid}`, {
        hint: 'of the shell that runs the command: --pid $$',
      });
    if (pid === 1 || barriers.has(pid))
      throw new MemfsError(
        'invalid',
        `process ${pid} is not one to have a session: everything else runs below it`,
      );
    if (uidsOf(pid)?.every((uid) => uid === owner.uid) !== true)
      throw new MemfsError('not_permitted', `process ${pid} belongs to another user`);
    return image.started;
  }

  /** Its name changes nothing any more, until it is begun again. Throws `not_found`. */
  async end(session: string): Promise<EndedSession> {
    const row = this.#parts.registry.end(session);
    this.#runs.delete(session);
    const transcript = await this.#endTranscript(session);
    if (row === undefined && transcript === null)
      throw new MemfsError('not_found', `there is no session "${session}"`, {
        hint: 'memfsd session list --live; memfsd session list',
      });
    const body = transcript ?? withoutTranscript(session);
    return {
      ...body,
      agent: body.agent ?? row?.agent ?? null,
      ended_at: row?.ended_at ?? body.ended_at,
      mounts: this.#parts.mounts.pathsOf(session),
    };
  }

  async #endTranscript(session: string): Promise<SessionBody | null> {
    try {
      return await this.#parts.transcripts.end(session);
    } catch (thrown) {
      if (asMemfsError(thrown).code !== 'not_found') throw thrown;
      return null;
    }
  }

  /** Their last processes have ended. One with a mount of the owner's may be used by others still. */
  emptied(sessions: readonly string[]): void {
    const { registry, mounts } = this.#parts;
    for (const session of sessions) {
      const { origin } = registry.find(session) ?? {};
      if (origin === 'run' && this.#isRunning(session)) {
        setTimeout(() => this.#emptiedStill(session), runPatience).unref();
        continue;
      }
      this.#runs.delete(session);
      const isOver = origin === 'run' || (origin === 'begin' && mounts.pathsOf(session).length === 0);
      if (isOver) registry.end(session);
      if (origin === 'run') void mounts.endRun(session);
    }
  }

  /** Its `memfsd run` is there, which looks for what is left and ends the session itself. */
  #isRunning(session: string): boolean {
    const run = this.#runs.get(session);
    const image = run === undefined ? null : processImage(run.pid);
    return isRunning(image) && image.started === run?.started;
  }

  #emptiedStill(session: string): void {
    const { registry, trees } = this.#parts;
    if (!registry.isEnded(session) && !trees.hasProcesses(session)) this.emptied([session]);
  }

  /** The process is in the session's tree. */
  isBegunFor(pid: number | undefined, session: string): boolean {
    return pid !== undefined && this.#parts.trees.sessionOf(pid) === session;
  }

  /**
   * That have processes or mounts, the one that was begun last first. Whoever is not there any more when it is asked for has
   * ended, and is not told of.
   */
  async live(): Promise<LiveSession[]> {
    await this.#parts.scan.look();
    const processes = this.#processes();
    return this.#parts.registry
      .list()
      .filter(({ id }) => processes.has(id) || this.#parts.mounts.pathsOf(id).length > 0)
      .map((row) => this.#summary(row, processes.get(row.id) ?? []))
      .reverse();
  }

  /** Throws `not_found` for one that nobody has begun. */
  summary(session: string): LiveSession {
    const row = this.#parts.registry.find(session);
    if (row === undefined) throw new MemfsError('not_found', `there is no session "${session}"`);
    return this.#summary(row, this.#processes().get(session) ?? []);
  }

  /** By session, whether it was begun for them (or for one that they descend from) or they only name it. */
  #processes(): Map<string, Map<number, boolean>> {
    const { trees, claims } = this.#parts;
    const sessions = new Map<string, Map<number, boolean>>();
    const add = (session: string, pid: number, tree: boolean): void => {
      const known = sessions.get(session) ?? new Map<number, boolean>();
      sessions.set(session, known.set(pid, tree));
    };
    for (const { pid, session } of claims.processes())
      if (trees.sessionOf(pid) === undefined) add(session, pid, false);
    for (const { pid, started, session } of trees.members())
      if (processImage(pid)?.started === started) add(session, pid, true);
    return sessions;
  }

  #summary(row: SessionRow, processes: Iterable<readonly [number, boolean]>): LiveSession {
    const { activity, mounts } = this.#parts;
    const { last, calls, refusals } = activity.of(row.id);
    return {
      ...row,
      processes: [...processes]
        .slice(0, shownProcesses)
        .map(([pid, tree]) => ({ pid, command: processName(pid) ?? '', tree })),
      mounts: mounts.pathsOf(row.id),
      last_call: last === 0 ? null : new Date(last).toISOString(),
      calls,
      refusals,
    };
  }
}

const withoutTranscript = (id: string): SessionBody => ({
  id,
  agent: null,
  stores: [],
  events: 0,
  first_time: null,
  last_time: null,
  ended_at: null,
  cwd: null,
  model: null,
  files: [],
  skipped_lines: 0,
});
