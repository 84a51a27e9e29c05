/** The handlers of endpoints. Without one for each of them, and with what each promises, nothing compiles. */
import type { z } from 'zod';
import type { MemfsError } from '../../core/errors.js';
import type { Endpoint, Output } from '../endpoint.js';
import type { ControlApi } from '../endpoints.js';

/** What a caller may do. `Self`: what handlers get of it. */
export interface Access<Self> {
  /** Throws `access_denied` for a session: it "may not …". */
  requireOwner(what: string): void;
  /** Throws unless the caller may see all of the store. */
  requireWhole(store: string): void;
  /** The same on a branch: for what looks into a store or changes what it shows. */
  onBranch(name: string): Self;
  /** Hears of what the caller was refused. */
  refused(error: MemfsError): void;
}

export type Pieces<T> = Iterable<T> | AsyncIterable<T>;

export type Reply<O extends Output> = O extends { kind: 'json'; schema: infer S extends z.ZodType }
  ? z.input<S>
  : O extends { kind: 'lines'; schema: infer S extends z.ZodType }
    ? /** Bytes are lines that are ready. */
      Pieces<z.input<S> | Uint8Array>
    : O extends { kind: 'bytes'; header: { schema: infer S extends z.ZodType } }
      ? { readonly header: z.input<S>; readonly chunks: Pieces<Uint8Array> }
      : Pieces<Uint8Array>;

export type Handler<Caller, E extends Endpoint> = (
  caller: Caller,
  input: z.output<E['input']>,
  body: AsyncIterable<Uint8Array>,
) => Reply<E['output']> | Promise<Reply<E['output']>>;

export type Handlers<Caller> = {
  readonly [Subject in keyof ControlApi]: SubjectHandlers<Caller, Subject>;
};

export type SubjectHandlers<Caller, Subject extends keyof ControlApi> = {
  readonly [Name in keyof ControlApi[Subject]]: ControlApi[Subject][Name] extends infer E extends Endpoint
    ? Handler<Caller, E>
    : never;
};
