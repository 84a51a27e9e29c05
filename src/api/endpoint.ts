/**
 * The words in which an endpoint is described (src/api/endpoints/): what the server serves, what the client can call, and
 * what a session may do are made from these descriptions.
 */
import type { z } from 'zod';

/** All of the control API is below this path. */
export const root = '/memfsd/v1';

/**
 * Where it was. An upgrade meets a daemon, hooks and watchers from before, so the client asks there when the daemon knows
 * nothing of the new place, and the server answers there until something else is served at that place.
 */
export const formerRoot = '/v1';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What a session gets (docs/security.md); the owner gets everything, and a caller that cannot be told nothing. */
export type Right =
  /** Nothing: "a process of a session may not …". The server says so before it reads the input. */
  | { readonly refused: string }
  /** What is its own. */
  | 'own'
  /** What its scope grants of a store; other stores are not there. */
  | 'scope'
  /** All of the store, if its scope grants that; the server asks before the handler is called. */
  | 'whole';

export type Output =
  | { readonly kind: 'json'; readonly schema: z.ZodType }
  /** JSON lines. */
  | { readonly kind: 'lines'; readonly schema: z.ZodType }
  /** `header`: what is known of them beforehand, as JSON in base64 under this name. */
  | { readonly kind: 'bytes'; readonly header?: { readonly name: string; readonly schema: z.ZodType } };

export interface Endpoint {
  /** The path below the root; `:name` is a field of the input. */
  readonly request: `${Method} /${string}`;
  /** Path parameters, query and JSON body, taken together. */
  readonly input: z.ZodObject;
  /** `json`: the fields that are not in the path are; otherwise they are in the query. Absent: there is no body. */
  readonly body?: 'json' | 'bytes';
  readonly output: Output;
  readonly session: Right;
  /** Milliseconds until a client that has no answer gives up; absent: it may take long. */
  readonly limit?: number;
}

export type Endpoints = Readonly<Record<string, Endpoint>>;

export const json = <S extends z.ZodType>(schema: S) => ({ kind: 'json', schema }) as const;
export const lines = <S extends z.ZodType>(schema: S) => ({ kind: 'lines', schema }) as const;
export const bytes = { kind: 'bytes' } as const;
export const bytesWith = <S extends z.ZodType>(name: string, schema: S) =>
  ({ kind: 'bytes', header: { name, schema } }) as const;

export const refused = (what: string) => ({ refused: what }) as const;

export const methodOf = ({ request }: Endpoint): Method => request.slice(0, request.indexOf(' ')) as Method;

export const pathOf = ({ request }: Endpoint, below: string = root): string =>
  below + request.slice(request.indexOf(' ') + 1);

/** Whether the query may name a branch: the store is then seen, and changed, as that branch shows it. */
export const takesBranch = (endpoint: Endpoint): boolean =>
  pathOf(endpoint).startsWith(`${root}/stores/:store`);
