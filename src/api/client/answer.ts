/** The answer of a daemon: in the shape that this version knows, or an error. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { type ErrorCode, errorCodes, MemfsError } from '../../core/errors.js';
import { ErrorBody, noSuchRoute } from '../error-body.js';
import { lost } from './connection.js';

export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A connection that is lost on the way is an error; one that the caller leaves is closed. */
export async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
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
  new MemfsError('unsupported', message, { hint: otherVersionHint, cause });

const otherVersionHint =
  'memfsd status says which version the daemon is; memfsd restart brings it to this one';

/** The daemon knows nothing of what it was asked, or answered in another shape. */
export const isOfOtherVersion = (error: unknown): boolean =>
  error instanceof MemfsError && error.code === 'unsupported' && error.hint === otherVersionHint;

export function understood<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path } = parsed.error.issues[0]!;
  const where = path.length === 0 ? '' : ` (${path.join('.')})`;
  throw otherVersion(`the daemon's answer is none that this version of memfsd knows${where}`, parsed.error);
}

export function throwIfError(value: unknown): void {
  const parsed = ErrorBody.safeParse(value);
  if (!parsed.success) return;
  const { code, message, hint } = parsed.data.error;
  if (code === 'not_found' && message.startsWith(noSuchRoute))
    throw otherVersion('the daemon is of a version that cannot do this');
  const known = (errorCodes as string[]).includes(code) ? (code as ErrorCode) : 'internal';
  throw new MemfsError(known, message, hint === null ? {} : { hint });
}
