/** Serves the endpoints: who asks, whether that is for them at all, what they ask, and only then the handler. */
import type { Socket } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { asMemfsError, MemfsError, meaningOf } from '../../core/errors.js';
import { type Endpoint, formerRoot, methodOf, pathOf, root, takesBranch } from '../endpoint.js';
import { allEndpoints } from '../endpoints.js';
import { errorBody, noSuchRoute } from '../error-body.js';
import type { Access, Handler, Handlers } from './handlers.js';
import { readInput } from './input.js';
import { drain } from './request-body.js';
import { respond } from './respond.js';

export interface ControlAppParts<Caller extends Access<Caller>> {
  /** Who connected this socket, found out anew for each request. Throws `access_denied` for one who cannot be told. */
  readonly callerOf: (socket: Socket) => Caller | Promise<Caller>;
  readonly handlers: Handlers<Caller>;
  /** What handlers have changed is what mounts show; after 2 s at the latest. */
  readonly settled: () => Promise<void>;
  readonly report: (error: MemfsError, request: { method: string; path: string }) => void;
  /** What stands behind an error of SQLite, as far as more can be found out than it says. `store`: that it is about. */
  readonly explain?: (thrown: unknown, store?: string) => MemfsError;
}

export type ControlApp = Hono<{ Bindings: HttpBindings }>;
type ControlContext = Context<{ Bindings: HttpBindings }>;

export function createControlApp<Caller extends Access<Caller>>(parts: ControlAppParts<Caller>): ControlApp {
  const { explain = asMemfsError, report } = parts;
  const app: ControlApp = new Hono();
  const fail = async (thrown: unknown, context: ControlContext): Promise<Response> => {
    await drain(bodyOf(context));
    const error = explain(thrown);
    const { status } = meaningOf(error.code);
    if (status >= 500) report(error, { method: context.req.method, path: context.req.path });
    return context.json(errorBody(error), status as ContentfulStatusCode);
  };
  for (const { subject, name, endpoint } of allEndpoints) {
    const handler = (parts.handlers as AnyHandlers<Caller>)[subject]![name]!;
    const paths = [root, formerRoot].map((below) => pathOf(endpoint, below));
    app.on(methodOf(endpoint), paths, (context) => serve(endpoint, handler, parts, context));
  }
  app.notFound((context) =>
    fail(new MemfsError('not_found', `${noSuchRoute}: ${context.req.method} ${context.req.path}`), context),
  );
  app.onError(fail);
  return app;
}

type AnyHandlers<Caller> = Readonly<Record<string, Readonly<Record<string, Handler<Caller, Endpoint>>>>>;

async function serve<Caller extends Access<Caller>>(
  endpoint: Endpoint,
  handler: Handler<Caller, Endpoint>,
  { callerOf, settled, report, explain = asMemfsError }: ControlAppParts<Caller>,
  context: ControlContext,
): Promise<Response> {
  const { req, env } = context;
  const method = methodOf(endpoint);
  // Whoever may not ask does not even hear whether the question was well put.
  const connected = await callerOf(env.incoming.socket);
  try {
    const { session } = endpoint;
    if (typeof session === 'object') connected.requireOwner(session.refused);
    const body = bodyOf(context);
    const input = await readInput(endpoint, req, body);
    const { store } = input;
    const branch = takesBranch(endpoint) ? req.query('branch') : undefined;
    const caller = branch === undefined ? connected : connected.onBranch(branch);
    if (session === 'whole') caller.requireWhole(String(store));
    const reply = await handler(caller, input, body);
    if (method !== 'GET') await settled();
    return await respond(endpoint.output, reply, (thrown) => {
      const error = explain(thrown, req.param('store'));
      report(error, { method, path: pathOf(endpoint) });
      return errorBody(error);
    });
  } catch (thrown) {
    const error = explain(thrown, req.param('store'));
    connected.refused(error);
    throw error;
  }
}

const bodyOf = ({ req }: ControlContext): AsyncIterable<Uint8Array> =>
  (req.raw.body as AsyncIterable<Uint8Array> | null) ?? nothing();

async function* nothing(): AsyncGenerator<Uint8Array> {}
