/** Serves the routes over a unix socket. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { asMemfsError, MemfsError, meaningOf } from '../core/errors.js';
import type { ControlService } from './control.js';
import { errorBody } from './error-body.js';
import { issueSentence, issueText } from './issue-text.js';
import type { ErrorBody } from './protocol.js';
import { noSuchRoute, type Reply, type Route } from './route.js';
import { routes } from './routes.js';

const longestJson = 1024 * 1024;
const batchSize = 64 * 1024;
/** Of a request that is refused. */
const longestDrain = 1024 * 1024;
const drainMs = 500;

export type ReportError = (error: MemfsError, request: { method: string; path: string }) => void;

/**
 * The service as it is for whoever connected this socket, found out anew for each request. Throws `access_denied` for one
 * who cannot be told.
 */
export type ServiceFor = (caller: Socket) => ControlService | Promise<ControlService>;

export type ControlApp = Hono<{ Bindings: HttpBindings }>;

/** `store`: the one that the request was about. */
export type Explain = (thrown: unknown, store?: string) => MemfsError;

/** `explain`: what stands behind an error of SQLite, as far as more can be found out than it says. */
export function createControlApp(
  serviceFor: ServiceFor,
  report: ReportError,
  explain: Explain = asMemfsError,
): ControlApp {
  const app: ControlApp = new Hono();
  const fail = async (thrown: unknown, context: Context): Promise<Response> => {
    await drain((context.req.raw.body as AsyncIterable<Uint8Array> | null) ?? nothing());
    const error = explain(thrown, context.req.param('store'));
    const { status } = meaningOf(error.code);
    if (status >= 500) report(error, { method: context.req.method, path: context.req.path });
    return context.json(errorBody(error), status as ContentfulStatusCode);
  };
  for (const route of routes)
    app.on(route.method, route.path, async (context) => {
      // Whoever may not ask does not even hear whether the question was well put.
      const caller = await serviceFor(context.env.incoming.socket);
      const stream = context.req.raw.body as AsyncIterable<Uint8Array> | null;
      try {
        const input = await readInput(route, context, stream);
        const branch = route.path.startsWith('/v1/stores/:store') ? context.req.query('branch') : undefined;
        const service = branch === undefined ? caller : caller.onBranch(branch);
        const reply = await route.run(service, input, stream ?? nothing());
        if (route.method !== 'GET') await service.settled();
        return await respond(reply, (thrown) => {
          const error = explain(thrown, context.req.param('store'));
          report(error, { method: route.method, path: route.path });
          return errorBody(error);
        });
      } catch (thrown) {
        const error = explain(thrown, context.req.param('store'));
        caller.refused(error);
        throw error;
      }
    });
  app.notFound((context) =>
    fail(new MemfsError('not_found', `${noSuchRoute}: ${context.req.method} ${context.req.path}`), context),
  );
  app.onError(fail);
  return app;
}

/**
 * Serves on a descriptor that listens. `accept` hears of each connection before anything is read from it, and may
 * destroy it.
 */
export async function listen(
  app: ControlApp,
  descriptor: number,
  accept: (socket: Socket) => void,
): Promise<Server> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.requestTimeout = 0;
  // Node carries out all requests that were sent in a row on one connection before it looks at anything else.
  server.maxRequestsPerSocket = 1;
  const serve = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    accept(socket);
    if (!socket.destroyed) for (const each of serve) each.call(server, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd: descriptor }, resolve);
  });
  return server;
}

async function readInput(
  route: Route,
  context: Context,
  stream: AsyncIterable<Uint8Array> | null,
): Promise<unknown> {
  const body = route.body === 'json' ? await readJson(stream ?? nothing()) : {};
  const parsed = route.input.safeParse(
    { ...body, ...context.req.query(), ...context.req.param() },
    { error: issueText },
  );
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const details = issue.code === 'custom' ? (issue.params as { code?: unknown } | undefined) : undefined;
  const code = details?.code === 'name_too_long' ? 'name_too_long' : 'invalid';
  const name = issue.path.filter((part) => typeof part === 'string').join('.') || 'request';
  throw new MemfsError(code, issueSentence(name, issue.message));
}

async function readJson(stream: AsyncIterable<Uint8Array>): Promise<object> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > longestJson) throw new MemfsError('too_large', 'the request is too long');
    chunks.push(chunk);
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.concat(chunks).toString()));
  } catch (cause) {
    throw new MemfsError('invalid', 'the request is not a JSON object', { cause });
  }
}

/** The first piece is made before the status line goes out, so that a refusal still gets its own status. */
async function respond(reply: Reply, failed: (thrown: unknown) => ErrorBody): Promise<Response> {
  if (reply.kind === 'json') return Response.json(reply.value);
  const values = reply.kind === 'lines' ? reply.values : reply.chunks;
  const atOnce = Symbol.iterator in values;
  const pieces = atOnce ? values[Symbol.iterator]() : values[Symbol.asyncIterator]();
  const encode = (value: unknown): Uint8Array =>
    reply.kind === 'lines' ? Buffer.from(`${JSON.stringify(value)}\n`) : (value as Uint8Array);
  let first: IteratorResult<unknown> | null = await pieces.next();

  /**
   * Short pieces that need no waiting go together; the loop answers the kernel between two batches. A piece that is
   * there never waits for the one after it. Null: there is no more.
   */
  const batch = async (): Promise<Uint8Array | null> => {
    const parts: Uint8Array[] = [];
    let size = 0;
    do {
      const { done, value }: IteratorResult<unknown> = first ?? (await pieces.next());
      first = null;
      if (done) break;
      const part = encode(value);
      parts.push(part);
      size += part.length;
    } while (atOnce && size < batchSize);
    if (parts.length === 0) return null;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  };

  let left = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        await new Promise(setImmediate);
        const bytes = await batch();
        if (left) return;
        if (bytes === null) controller.close();
        else controller.enqueue(bytes);
      } catch (thrown) {
        if (left) return;
        const error = failed(thrown);
        if (reply.kind === 'bytes') return controller.error(thrown);
        controller.enqueue(encode(error));
        controller.close();
      }
    },
    async cancel() {
      left = true;
      await pieces.return?.();
    },
  });
  const type = reply.kind === 'lines' ? 'application/x-ndjson' : 'application/octet-stream';
  const headers = reply.kind === 'bytes' ? reply.headers : undefined;
  return new Response(body, { headers: { 'content-type': type, ...headers } });
}

/**
 * A client that still writes when the connection is closed hears of a broken pipe and not of the refusal. What is longer, or
 * takes longer to come, is given up.
 */
async function drain(stream: AsyncIterable<Uint8Array>): Promise<void> {
  const read = async (): Promise<void> => {
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > longestDrain) return;
    }
  };
  // It may have been read already, or its client be gone.
  await Promise.race([read().catch(() => {}), delay(drainMs, undefined, { ref: false })]);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
