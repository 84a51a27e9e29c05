/** What a route is. */
import { z } from 'zod';
import type { VersionSelector } from '../vfs/store.js';
import type { ControlService } from './control.js';

export type Reply =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'lines'; readonly values: Iterable<unknown> | AsyncIterable<unknown> }
  | {
      readonly kind: 'bytes';
      readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** What the request's body is: JSON (merged into the input), bytes for the handler, or nothing. */
  readonly body: 'none' | 'json' | 'bytes';
  readonly input: z.ZodType;
  run(service: ControlService, input: unknown, body: AsyncIterable<Uint8Array>): Reply | Promise<Reply>;
}

/** How the answer to an unknown route begins: clients know a daemon of another version by it. */
export const noSuchRoute = 'no such route';

export const json = (value: unknown): Reply => ({ kind: 'json', value });
export const lines = (values: Iterable<unknown> | AsyncIterable<unknown>): Reply => ({
  kind: 'lines',
  values,
});

export function route<S extends z.ZodType>(
  method: Route['method'],
  path: string,
  body: Route['body'],
  input: S,
  run: (
    service: ControlService,
    input: z.infer<S>,
    body: AsyncIterable<Uint8Array>,
  ) => Reply | Promise<Reply>,
): Route {
  return {
    method,
    path,
    body,
    input,
    run: (service, value, bytes) => run(service, value as z.infer<S>, bytes),
  };
}

export const Store = z.object({ store: z.string().min(1).max(255) });

export const selector = (text: string | undefined): VersionSelector =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
