/** The command line's side of the control API. */
import { statSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type ErrorCode, errorCodes, MemfsError } from '../core/errors.js';
import { TranscriptEvent } from '../sessions/event.js';
import { SourceMark } from '../sessions/source.js';
import type { LogQuery, TreeEntry } from '../vfs/store.js';
import { controlSocket, keeperSocket, withSocketName } from './address.js';
import { snapshotHeader } from './audit-routes.js';
import * as dreams from './dreams.js';
import * as protocol from './protocol.js';
import { noSuchRoute } from './route.js';
import { recordHeader } from './routes.js';
import { ScheduleBody } from './schedules.js';
import * as sessions from './sessions.js';
import * as transcripts from './transcripts.js';
import { decodeTree, encodeTree, type SourceEntry } from './tree-stream.js';

/** How long a restarting engine is waited for while its keeper lives. */
const restartPatience = 5_000;
/** A keeper answers from memory; an engine may have a store to open, or be about to be found hanging. */
const keeperPatience = 2_000;
const enginePatience = 10_000;
/** While another one is about to take over, which has limits of its own. */
const handoverPatience = 120_000;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call {
  readonly query?: Query;
  readonly json?: unknown;
  readonly body?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Milliseconds until it must begin to answer; absent: what takes long may. */
  readonly limit?: number;
}

/** What became of a restart that was asked for. */
export const RestartState = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
});
export type RestartState = z.infer<typeof RestartState>;

export const KeeperState = z.object({
  pid: z.int(),
  version: z.string(),
  engine: z.int().nullable(),
  restarts: z.int(),
  /** It was told to end: a new daemon can start once it has. */
  stopping: z.boolean(),
  /** The latest, or that by which this keeper came. */
  restart: RestartState.nullable().default(null),
});
export type KeeperState = z.infer<typeof KeeperState>;

/** Who holds a data directory whose daemon does not answer. */
export interface Holding {
  readonly who: string;
  /** What its user can do about it. */
  readonly cure: string;
}

/** Who keeps the data directory, or null when nobody does. Throws `unreachable` when it gives no answer. */
export async function askKeeper(data: string): Promise<KeeperState | null> {
  for (let attempts = 1; ; attempts++) {
    const text = await askOnce(data);
    if (text === null) return null;
    try {
      return KeeperState.parse(JSON.parse(text));
    } catch (cause) {
      // A keeper that ends just now closes the connection; a moment later nobody listens any more.
      if (attempts === 3)
        throw new MemfsError('unreachable', 'the keeper gave no sensible answer', {
          hint: 'memfsd doctor',
          cause,
        });
      await delay(50);
    }
  }
}

/** What it says until it closes the connection. */
function askOnce(data: string): Promise<string | null> {
  if (!isThere(data)) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = withSocketName(keeperSocket(data), (name) => connect(name));
    socket.setTimeout(keeperPatience, () => {
      socket.destroy();
      reject(new MemfsError('unreachable', 'the keeper does not answer', { hint: 'memfsd doctor' }));
    });
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(isNotListening(error) ? null : text));
    socket.on('end', () => resolve(text));
  });
}

/** A socket in a directory of another user is not spoken to: anybody may answer there. */
function isThere(data: string): boolean {
  const facts = statSync(data, { throwIfNoEntry: false });
  if (facts !== undefined && facts.uid !== process.geteuid?.())
    throw new MemfsError('access_denied', `the data directory ${data} belongs to another user`, {
      hint: 'choose another with --data or MEMFSD_HOME',
    });
  return facts !== undefined;
}

export class ControlClient {
  readonly #data: string;
  readonly #holding: () => Holding | null;
  readonly #branch: string | undefined;

  /**
   * `holding`: who has the data directory, asked when nobody answers. `branch`: where it looks into stores; absent:
   * main, or what its session's mount shows.
   */
  constructor(data: string, holding: () => Holding | null = () => null, branch?: string) {
    this.#data = data;
    this.#holding = holding;
    this.#branch = branch;
  }

  onBranch = (branch: string | undefined): ControlClient =>
    branch === undefined ? this : new ControlClient(this.#data, this.#holding, branch);

  /** Null when no daemon runs. */
  keeper = (): Promise<KeeperState | null> => askKeeper(this.#data);

  status = (): Promise<protocol.Status> =>
    this.#json(protocol.Status, 'GET', '/v1/status', { limit: enginePatience });

  /** Resolves when it has begun. What becomes of it is in the keeper's state, under the request's id. */
  async restart(request: protocol.RestartRequest): Promise<void> {
    await this.#json(z.object({}), 'POST', '/v1/restart', { json: request });
  }

  async stop(): Promise<void> {
    await this.#json(z.object({}), 'POST', '/v1/stop', { limit: enginePatience });
  }

  async listStores(): Promise<protocol.StoreSummary[]> {
    const Reply = z.object({ stores: z.array(protocol.StoreSummary) });
    return (await this.#json(Reply, 'GET', '/v1/stores')).stores;
  }

  createStore = (request: protocol.NewStoreRequest): Promise<protocol.StoreSummary> =>
    this.#json(protocol.StoreSummary, 'POST', '/v1/stores', { json: request });

  showStore = (store: string): Promise<protocol.StoreDetail> =>
    this.#json(protocol.StoreDetail, 'GET', storePath(store));

  log = (store: string, query: LogQuery): AsyncGenerator<protocol.LogRecordBody> =>
    this.#lines(protocol.LogRecordSchema, 'GET', storePath(store, 'log'), { query: { ...query } });

  /** Ends only with the daemon, or when `limit` records have been given. */
  follow = (store: string, query: LogQuery): AsyncGenerator<protocol.LogRecordBody> =>
    this.#lines(protocol.LogRecordSchema, 'GET', storePath(store, 'log'), {
      query: { ...query, follow: true },
    });

  blame = (
    store: string,
    path: string,
    version: string | undefined,
  ): AsyncGenerator<protocol.BlameLineBody> =>
    this.#lines(protocol.BlameLineSchema, 'GET', storePath(store, 'blame'), { query: { path, version } });

  reads = (store: string, session: string): AsyncGenerator<protocol.SessionReadBody> =>
    this.#lines(protocol.SessionReadSchema, 'GET', storePath(store, 'reads'), { query: { session } });

  async show(
    store: string,
    path: string,
    version: string | undefined,
  ): Promise<{ record: protocol.LogRecordBody; content: AsyncIterable<Uint8Array> }> {
    const response = await this.#call('GET', storePath(store, 'content'), { query: { path, version } });
    const header = String(response.headers[recordHeader]);
    const record = protocol.LogRecordSchema.parse(JSON.parse(Buffer.from(header, 'base64').toString()));
    return { record, content: response };
  }

  write = (
    store: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    actor: protocol.ActorRequest,
    ifMatch: string | undefined,
  ): Promise<protocol.LogRecordBody> =>
    this.#json(protocol.LogRecordSchema, 'PUT', storePath(store, 'content'), {
      query: { path, if_match: ifMatch, ...actor },
      body: content,
    });

  diff = (
    store: string,
    query: { path?: string | undefined; from?: string | undefined; to?: string | undefined },
  ): AsyncGenerator<protocol.DiffBody> =>
    this.#lines(protocol.DiffBody, 'GET', storePath(store, 'diff'), { query });

  restore = (
    store: string,
    path: string,
    version: string,
    actor: protocol.ActorRequest,
  ): Promise<protocol.LogRecordBody> =>
    this.#json(protocol.LogRecordSchema, 'POST', storePath(store, 'restore'), {
      json: { path, version, ...actor },
    });

  redact = (
    store: string,
    versions: readonly string[],
    actor: protocol.ActorRequest,
  ): Promise<protocol.RedactionBody> =>
    this.#json(protocol.RedactionBody, 'POST', storePath(store, 'redact'), { json: { versions, ...actor } });
  conflicts = (store: string, path: string | undefined): AsyncGenerator<protocol.ConflictBody> =>
    this.#lines(protocol.ConflictBody, 'GET', storePath(store, 'conflicts'), { query: { path } });

  conflict = (store: string, path: string, number: number): Promise<protocol.ConflictDetail> =>
    this.#json(protocol.ConflictDetail, 'GET', storePath(store, 'conflict'), { query: { path, number } });

  /** `content` is for the choice `merged`. */
  resolveConflict = (
    store: string,
    conflict: { readonly path: string; readonly number: number },
    choice: protocol.ConflictChoice,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    actor: protocol.ActorRequest,
    ifMatch: string | undefined,
  ): Promise<protocol.ResolvedConflict> =>
    this.#json(protocol.ResolvedConflict, 'POST', storePath(store, 'conflict'), {
      query: { ...conflict, take: choice, if_match: ifMatch, ...actor },
      body: content,
    });

  fork = (store: string, request: protocol.ForkRequest): AsyncGenerator<protocol.ForkEvent> =>
    this.#lines(protocol.ForkEvent, 'POST', storePath(store, 'fork'), { json: request });

  storeFile = (store: string): Promise<protocol.StoreFile> =>
    this.#json(protocol.StoreFile, 'GET', storePath(store, 'file'));

  async snapshot(
    store: string,
  ): Promise<{ facts: protocol.SnapshotFacts; content: AsyncIterable<Uint8Array> }> {
    const response = await this.#call('GET', storePath(store, 'snapshot'));
    const header = String(response.headers[snapshotHeader]);
    const facts = protocol.SnapshotFacts.parse(JSON.parse(Buffer.from(header, 'base64').toString()));
    return { facts, content: response };
  }

  importSnapshot = (name: string, file: AsyncIterable<Uint8Array>): Promise<protocol.StoreSummary> =>
    this.#json(protocol.StoreSummary, 'PUT', storePath(name, 'snapshot'), { body: file });

  exportHistory = (store: string): Promise<AsyncIterable<Uint8Array>> =>
    this.#call('GET', storePath(store, 'history'));

  importHistory = (name: string, lines: AsyncIterable<Uint8Array>): AsyncGenerator<protocol.ForkEvent> =>
    this.#lines(protocol.ForkEvent, 'PUT', storePath(name, 'history'), { body: lines });

  retention = (store: string): Promise<protocol.RetentionBody> =>
    this.#json(protocol.RetentionBody, 'GET', storePath(store, 'retention'));

  setRetention = (store: string, policy: protocol.RetentionBody): Promise<protocol.RetentionBody> =>
    this.#json(protocol.RetentionBody, 'PUT', storePath(store, 'retention'), { json: policy });

  prune = (store: string, actor: protocol.ActorRequest): Promise<protocol.PruningBody> =>
    this.#json(protocol.PruningBody, 'POST', storePath(store, 'prune'), { json: { ...actor } });

  /** By default what the store's own policy would take away. */
  wouldPrune = (store: string, policy: protocol.RetentionBody | undefined): Promise<protocol.PruningBody> =>
    this.#json(protocol.PruningBody, 'POST', storePath(store, 'would-prune'), { json: { policy } });

  archive = (store: string, archived: boolean): Promise<protocol.StoreSummary> =>
    this.#json(protocol.StoreSummary, 'POST', storePath(store, 'archive'), { json: { archived } });

  deleteStore = (store: string, confirm: string): Promise<protocol.StoreSummary> =>
    this.#json(protocol.StoreSummary, 'DELETE', storePath(store), { query: { confirm } });

  verify = (store: string): AsyncGenerator<protocol.VerifyEvent> =>
    this.#lines(protocol.VerifyEvent, 'POST', storePath(store, 'verify'));

  importTree = (
    store: string,
    entries: AsyncIterable<SourceEntry>,
    actor: protocol.ActorRequest,
  ): Promise<protocol.ImportResult> =>
    this.#json(protocol.ImportResult, 'POST', storePath(store, 'import'), {
      query: { ...actor },
      body: encodeTree(entries),
    });

  async *exportTree(store: string, at: string | undefined): AsyncGenerator<TreeEntry> {
    const response = await this.#call('GET', storePath(store, 'export'), { query: { at } });
    yield* decodeTree(response, Number.POSITIVE_INFINITY);
  }

  async transcriptSource(path: string, file: string): Promise<SourceMark | null> {
    const Reply = z.object({ mark: SourceMark.nullable() });
    return (await this.#json(Reply, 'GET', '/v1/transcripts/source', { query: { path, file } })).mark;
  }

  ingestTranscript = (
    header: transcripts.IngestHeader,
    lines: AsyncIterable<Uint8Array>,
  ): Promise<transcripts.IngestReply> =>
    this.#json(transcripts.IngestReply, 'POST', '/v1/transcripts', { query: { ...header }, body: lines });

  async listSessions(store: string | undefined): Promise<transcripts.SessionBody[]> {
    const Reply = z.object({ sessions: z.array(transcripts.SessionBody) });
    return (await this.#json(Reply, 'GET', '/v1/sessions', { query: { store } })).sessions;
  }

  showSession = (id: string): Promise<transcripts.SessionBody> =>
    this.#json(transcripts.SessionBody, 'GET', sessionPath(id));

  sessionEvents = (
    id: string,
    query: { after?: string | undefined; limit?: number | undefined },
  ): AsyncGenerator<TranscriptEvent> =>
    this.#lines(TranscriptEvent, 'GET', sessionPath(id, 'events'), { query });

  beginSession = (request: Partial<sessions.BeginRequest>): Promise<sessions.LiveSession> =>
    this.#json(sessions.LiveSession, 'POST', '/v1/sessions', { json: request });

  async liveSessions(): Promise<sessions.LiveSession[]> {
    const Reply = z.object({ sessions: z.array(sessions.LiveSession) });
    return (await this.#json(Reply, 'GET', '/v1/live-sessions')).sessions;
  }

  /** The session itself, and its transcript if there is one. */
  endSession = (id: string): Promise<sessions.EndedSession> =>
    this.#json(sessions.EndedSession, 'POST', sessionPath(id, 'end'));

  /** Only notes that nothing more comes; the session goes on. */
  endTranscript = (id: string): Promise<transcripts.SessionBody> =>
    this.#json(transcripts.SessionBody, 'POST', `/v1/transcripts/${encodeURIComponent(id)}/end`);

  deleteSession = (id: string): Promise<transcripts.SessionBody> =>
    this.#json(transcripts.SessionBody, 'DELETE', sessionPath(id));

  runDream = (
    store: string,
    request: Partial<dreams.DreamRunRequest>,
    actor: protocol.ActorRequest,
  ): Promise<dreams.DreamSummary> =>
    this.#json(dreams.DreamSummary, 'POST', storePath(store, 'dreams'), { json: { ...request, ...actor } });

  /** Ends with the dream, when that has ended. */
  followDream = (id: string): AsyncGenerator<dreams.DreamEvent> =>
    this.#lines(dreams.DreamEvent, 'GET', dreamPath(id, 'events'));

  async listDreams(store: string | undefined): Promise<dreams.DreamSummary[]> {
    const Reply = z.object({ dreams: z.array(dreams.DreamSummary) });
    const path = store === undefined ? '/v1/dreams' : storePath(store, 'dreams');
    return (await this.#json(Reply, 'GET', path)).dreams;
  }

  showDream = (id: string): Promise<dreams.DreamDetail> =>
    this.#json(dreams.DreamDetail, 'GET', dreamPath(id));

  async dreamReport(id: string): Promise<string> {
    return (await this.#json(z.object({ report: z.string() }), 'GET', dreamPath(id, 'report'))).report;
  }

  dreamDiff = (id: string): AsyncGenerator<protocol.DiffBody> =>
    this.#lines(protocol.DiffBody, 'GET', dreamPath(id, 'diff'));

  applyDream = (
    id: string,
    choice: Partial<dreams.EditChoice>,
    actor: protocol.ActorRequest,
  ): Promise<dreams.DreamOutcome> =>
    this.#json(dreams.DreamOutcome, 'POST', dreamPath(id, 'apply'), { json: { ...choice, ...actor } });

  rejectDream = (id: string, choice: Partial<dreams.EditChoice>): Promise<dreams.DreamOutcome> =>
    this.#json(dreams.DreamOutcome, 'POST', dreamPath(id, 'reject'), { json: choice });

  revertDream = (id: string, actor: protocol.ActorRequest): Promise<dreams.DreamOutcome> =>
    this.#json(dreams.DreamOutcome, 'POST', dreamPath(id, 'revert'), { json: { ...actor } });

  listSchedules = (): Promise<ScheduleBody[]> => this.#schedules('GET', '/v1/schedules');

  setSchedule = (store: string, settings: ScheduleBody['settings']): Promise<ScheduleBody> =>
    this.#json(ScheduleBody, 'PUT', storePath(store, 'schedule'), { json: { settings } });

  async removeSchedule(store: string): Promise<void> {
    await this.#json(z.object({}), 'DELETE', storePath(store, 'schedule'));
  }

  pauseSchedules = (store: string | null, paused: boolean): Promise<ScheduleBody[]> =>
    this.#schedules('POST', '/v1/schedules/pause', { json: { store, paused } });

  async #schedules(method: string, path: string, call?: Call): Promise<ScheduleBody[]> {
    return (await this.#json(z.object({ schedules: z.array(ScheduleBody) }), method, path, call)).schedules;
  }

  cancelDream = (id: string): Promise<dreams.DreamSummary> =>
    this.#json(dreams.DreamSummary, 'POST', dreamPath(id, 'cancel'));

  async listMounts(): Promise<protocol.MountSummary[]> {
    const Reply = z.object({ mounts: z.array(protocol.MountSummary) });
    return (await this.#json(Reply, 'GET', '/v1/mounts')).mounts;
  }

  mount = (request: protocol.MountRequest): Promise<protocol.MountSummary> =>
    this.#json(protocol.MountSummary, 'POST', '/v1/mounts', { json: request });

  /** `lazy`: what is in use goes out of sight at once and ends with its last user; then it is `detached`. */
  unmount(path: string, { lazy = false } = {}): Promise<protocol.UnmountReply> {
    return this.#json(protocol.UnmountReply, 'DELETE', '/v1/mounts', { query: { path, lazy } });
  }

  async #json<S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    call?: Call,
  ): Promise<z.infer<S>> {
    const response = await this.#call(method, path, call);
    return understood(schema, JSON.parse(await text(response)));
  }

  async *#lines<S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    call?: Call,
  ): AsyncGenerator<z.infer<S>> {
    const response = await this.#call(method, path, call);
    for await (const line of linesOf(response)) {
      const value: unknown = JSON.parse(line);
      throwIfError(value);
      yield understood(schema, value);
    }
  }

  async #call(method: string, path: string, call: Call = {}): Promise<IncomingMessage> {
    const query = { ...call.query, branch: this.#branch };
    const response = await this.#connected(method, withQuery(path, query), call);
    if (response.statusCode === 200) return response;
    const body = await text(response);
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      value = undefined;
    }
    throwIfError(value);
    throw new MemfsError('internal', `the daemon answered with status ${response.statusCode}`);
  }

  /** Only a refused connection is tried again: a request that was sent may have been carried out. */
  async #connected(method: string, path: string, call: Call): Promise<IncomingMessage> {
    if (!isThere(this.#data)) throw doesNotRun();
    for (const start = Date.now(); ; await delay(50)) {
      try {
        return await send(controlSocket(this.#data), method, path, call);
      } catch (error) {
        const late = (error as NodeJS.ErrnoException).code === noAnswer;
        if (!late && !isNotListening(error)) throw lost(error);
        const keeper = await askKeeper(this.#data).catch(() => null);
        const holding = keeper === null ? this.#holding() : null;
        if (keeper === null && holding === null) throw doesNotRun(error);
        const patience = keeper?.restart?.state === 'running' ? handoverPatience : restartPatience;
        if (late || Date.now() - start > patience) throw silent(this.#data, holding, error);
      }
    }
  }
}

const storePath = (store: string, part?: string): string =>
  `/v1/stores/${encodeURIComponent(store)}${part === undefined ? '' : `/${part}`}`;

const sessionPath = (id: string, part?: string): string =>
  `/v1/sessions/${encodeURIComponent(id)}${part === undefined ? '' : `/${part}`}`;

const dreamPath = (id: string, part?: string): string =>
  `/v1/dreams/${encodeURIComponent(id)}${part === undefined ? '' : `/${part}`}`;

function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) parameters.set(key, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

function send(socketPath: string, method: string, path: string, call: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = call.json === undefined ? {} : { 'content-type': 'application/json' };
    const createConnection = () => withSocketName(socketPath, (name) => connect(name));
    const request = httpRequest({ createConnection, method, path, headers }, resolve);
    request.on('error', reject);
    if (call.limit !== undefined) {
      const late = Object.assign(new Error('no answer in time'), { code: noAnswer });
      const timer = setTimeout(() => request.destroy(late), call.limit);
      request.once('response', () => clearTimeout(timer));
      request.once('close', () => clearTimeout(timer));
    }
    if (call.body === undefined) request.end(call.json === undefined ? undefined : JSON.stringify(call.json));
    else {
      const body = Readable.from(call.body, { objectMode: true });
      body.on('error', (error) => request.destroy(error));
      request.once('socket', (socket) => {
        // Nothing of the body is consumed before there is a connection: then the call can be repeated.
        if (socket.connecting) socket.once('connect', () => body.pipe(request));
        else body.pipe(request);
      });
    }
  });
}

const noAnswer = 'ETIMEDOUT';

const isNotListening = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '') &&
  (error as NodeJS.ErrnoException).syscall === 'connect';

const doesNotRun = (cause?: unknown): MemfsError =>
  new MemfsError('unreachable', 'the daemon does not run', { hint: 'memfsd start', cause });

/** Somebody has the data directory, and nobody serves it. `holding` null: its keeper answers, its engine does not. */
export function silent(data: string, holding: Holding | null, cause?: unknown): MemfsError {
  const message =
    holding === null
      ? `the daemon on ${data} has no engine that answers`
      : `${holding.who} holds ${data}, but does not answer`;
  const hint = holding?.cure ?? `memfsd doctor; its log is ${data}/memfsd.log`;
  return new MemfsError('unreachable', message, { hint, cause });
}

function lost(error: unknown): MemfsError {
  if (error instanceof MemfsError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES')
    return new MemfsError('access_denied', 'the daemon belongs to another user', { cause: error });
  return new MemfsError('unreachable', `the daemon went away: ${message}`, {
    hint: 'memfsd status',
    cause: error,
  });
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A connection that is lost on the way is an error; one that the caller leaves is closed. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const text of response as AsyncIterable<string>) {
      const [first = '', ...others] = text.split('\n');
      rest += first;
      for (const next of others) {
        yield rest;
        rest = next;
      }
    }
  } catch (error) {
    throw lost(error);
  }
  if (rest !== '') yield rest;
}

/** A daemon of another version may answer in another shape, or know nothing of what it is asked. */
const otherVersion = (message: string, cause?: unknown): MemfsError =>
  new MemfsError('unsupported', message, {
    hint: 'memfsd status says which version the daemon is; memfsd restart brings it to this one',
    cause,
  });

function understood<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path } = parsed.error.issues[0]!;
  const where = path.length === 0 ? '' : ` (${path.join('.')})`;
  throw otherVersion(`the daemon's answer is none that this version of memfsd knows${where}`, parsed.error);
}

/** Newer daemons may have codes that are not known here. */
const AnyError = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
});

function throwIfError(value: unknown): void {
  const parsed = AnyError.safeParse(value);
  if (!parsed.success) return;
  const { code, message, hint } = parsed.data.error;
  if (code === 'not_found' && message.startsWith(noSuchRoute))
    throw otherVersion('the daemon is of a version that cannot do this');
  const known = (errorCodes as string[]).includes(code) ? (code as ErrorCode) : 'internal';
  throw new MemfsError(known, message, hint === null ? {} : { hint });
}
