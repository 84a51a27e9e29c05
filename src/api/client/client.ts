/** The client of the control API, made from the descriptions of its endpoints. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import { type Endpoint, formerRoot, methodOf, type Output, pathOf, root, takesBranch } from '../endpoint.js';
import { allEndpoints, type ControlApi } from '../endpoints.js';
import { isOfOtherVersion, linesOf, textOf, throwIfError, understood } from './answer.js';
import { type Bytes, Connection, type Holding } from './connection.js';

export interface Download<Header> {
  readonly header: Header;
  readonly content: AsyncIterable<Uint8Array>;
}

type Answer<O extends Output> = O extends { kind: 'json'; schema: infer S extends z.ZodType }
  ? Promise<z.output<S>>
  : O extends { kind: 'lines'; schema: infer S extends z.ZodType }
    ? AsyncGenerator<z.output<S>>
    : O extends { kind: 'bytes'; header: { schema: infer S extends z.ZodType } }
      ? Promise<Download<z.output<S>>>
      : Promise<Download<null>>;

type Arguments<E extends Endpoint> = E extends { body: 'bytes' }
  ? [input: z.input<E['input']>, body: Bytes]
  : Record<string, never> extends z.input<E['input']>
    ? [input?: z.input<E['input']>]
    : [input: z.input<E['input']>];

type Calls = {
  readonly [Subject in keyof ControlApi]: {
    readonly [Name in keyof ControlApi[Subject]]: ControlApi[Subject][Name] extends infer E extends Endpoint
      ? (...args: Arguments<E>) => Answer<E['output']>
      : never;
  };
};

export interface ControlClient extends Calls {
  /** The same, on this branch of stores; undefined: where this one looks (main, or what its session's mount shows). */
  onBranch(branch: string | undefined): ControlClient;
}

/** `holding`: who has the data directory, asked when nobody answers. */
export const controlClient = (data: string, holding: () => Holding | null = () => null): ControlClient =>
  clientOver(new Connection(data, holding), undefined);

function clientOver(connection: Connection, branch: string | undefined): ControlClient {
  const calls: Record<string, Record<string, unknown>> = {};
  for (const { subject, name, endpoint } of allEndpoints) {
    const send = (input: Fields = {}, body?: Bytes) => call(connection, endpoint, { ...input }, branch, body);
    calls[subject] ??= {};
    calls[subject][name] = answering(endpoint.output, send);
  }
  const onBranch = (other: string | undefined) => clientOver(connection, other ?? branch);
  return { ...(calls as unknown as Calls), onBranch };
}

type Fields = Readonly<Record<string, unknown>>;
type Send = (input?: Fields, body?: Bytes) => Promise<IncomingMessage>;

function answering(output: Output, send: Send): (...args: Parameters<Send>) => unknown {
  switch (output.kind) {
    case 'json':
      return async (...args) => understood(output.schema, JSON.parse(await textOf(await send(...args))));
    case 'lines':
      return async function* (...args) {
        for await (const line of linesOf(await send(...args))) {
          const value: unknown = JSON.parse(line);
          throwIfError(value);
          yield understood(output.schema, value);
        }
      };
    case 'bytes':
      return async (...args) => {
        const content = await send(...args);
        return { header: headerOf(output, content), content };
      };
  }
}

function headerOf({ header }: Output & { kind: 'bytes' }, { headers }: IncomingMessage): unknown {
  if (header === undefined) return null;
  const text = Buffer.from(String(headers[header.name]), 'base64').toString();
  return understood(header.schema, JSON.parse(text));
}

/** Each field goes where the endpoint has it: into the path, the JSON or the query. */
async function call(
  connection: Connection,
  endpoint: Endpoint,
  fields: Fields,
  branch: string | undefined,
  body: Bytes | undefined,
): Promise<IncomingMessage> {
  const rest = { ...fields };
  const path = pathOf(endpoint, '').replace(/:(\w+)/g, (_, name: string) => {
    delete rest[name];
    return encodeURIComponent(String(fields[name]));
  });
  const isJson = endpoint.body === 'json';
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({
    ...(isJson ? {} : rest),
    ...(takesBranch(endpoint) ? { branch } : {}),
  }))
    if (value !== undefined) query.set(name, String(value));
  const message = {
    method: methodOf(endpoint),
    ...(isJson ? { json: rest } : {}),
    body,
    limit: endpoint.limit,
  };
  const send = (below: string) =>
    connection.send({ ...message, path: below + (query.size === 0 ? path : `${path}?${query}`) });
  const response = await send(root);
  if (response.statusCode === 200) return response;
  const error = await failure(response);
  // A body has been read: it cannot be sent again.
  if (body !== undefined || !isOfOtherVersion(error)) throw error;
  const former = await send(formerRoot);
  if (former.statusCode === 200) return former;
  throw await failure(former);
}

/** The daemon's error, or that it gave none. */
async function failure(response: IncomingMessage): Promise<unknown> {
  const body = await textOf(response);
  try {
    throwIfError(JSON.parse(body));
  } catch (error) {
    if (!(error instanceof SyntaxError)) return error;
  }
  return new MemfsError('internal', `the daemon answered with status ${response.statusCode}`);
}
