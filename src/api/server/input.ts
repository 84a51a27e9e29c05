/** The input of a request, checked. */
import type { HonoRequest } from 'hono';
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import type { Endpoint } from '../endpoint.js';
import { issueSentence, issueText } from '../issue-text.js';
import { collected } from './request-body.js';

const longestJson = 1024 * 1024;

/** Throws `invalid`, `too_large` or `name_too_long`. */
export async function readInput(
  { input, body }: Endpoint,
  req: HonoRequest,
  stream: AsyncIterable<Uint8Array>,
): Promise<Record<string, unknown>> {
  const fields = body === 'json' ? await readJson(stream) : {};
  const parsed = input.safeParse({ ...fields, ...req.query(), ...req.param() }, { error: issueText });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const details = issue.code === 'custom' ? (issue.params as { code?: unknown } | undefined) : undefined;
  const code = details?.code === 'name_too_long' ? 'name_too_long' : 'invalid';
  const name = issue.path.filter((part) => typeof part === 'string').join('.') || 'request';
  throw new MemfsError(code, issueSentence(name, issue.message));
}

async function readJson(stream: AsyncIterable<Uint8Array>): Promise<object> {
  const bytes = await collected(stream, longestJson, 'the request is too long');
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    throw new MemfsError('invalid', 'the request is not a JSON object', { cause });
  }
}
