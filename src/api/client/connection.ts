/** Requests over the control socket, and patience while an engine is replaced. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { MemfsError } from '../../core/errors.js';
import { controlSocket, withSocketName } from '../address.js';
import { askKeeper, isNotListening, isThere } from './keeper.js';

/** How long a restarting engine is waited for while its keeper lives. */
const restartPatience = 5_000;
/** While another one is about to take over, which has limits of its own. */
const handoverPatience = 120_000;

/** The holder of a data directory whose daemon does not answer. */
export interface Holding {
  readonly who: string;
  /** The hint for its user. */
  readonly cure: string;
}

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Call {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly json?: unknown;
  readonly body?: Bytes | undefined;
  /** Milliseconds until it must begin to answer; absent: what takes long may. */
  readonly limit?: number | undefined;
}

export class Connection {
  readonly #data: string;
  readonly #holding: () => Holding | null;

  /** `holding`: who has the data directory, asked when nobody answers. */
  constructor(data: string, holding: () => Holding | null) {
    this.#data = data;
    this.#holding = holding;
  }

  /** Only a refused connection is tried again: a request that was sent may have been carried out. */
  async send(call: Call): Promise<IncomingMessage> {
    if (!isThere(this.#data)) throw doesNotRun();
    for (const start = Date.now(); ; await delay(50)) {
      try {
        return await send(controlSocket(this.#data), call);
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

function send(socketPath: string, call: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, path } = call;
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

export function lost(error: unknown): MemfsError {
  if (error instanceof MemfsError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES')
    return new MemfsError('access_denied', 'the daemon belongs to another user', { cause: error });
  return new MemfsError('unreachable', `the daemon went away: ${message}`, {
    hint: 'memfsd status',
    cause: error,
  });
}
