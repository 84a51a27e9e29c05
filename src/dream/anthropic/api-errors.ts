/** Translates errors of the endpoint and of the way to it into our own codes, with what to do next. */
import Anthropic from '@anthropic-ai/sdk';
import { type ErrorCode, MemfsError } from '../../core/errors.js';
import { maskText } from './outgoing.js';

export interface Destination {
  readonly host: string;
  readonly model: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly message: (to: Destination, said: string) => string;
  readonly hint: string;
}

const again = 'try again later';

const keyHint =
  'set ANTHROPIC_API_KEY in the environment that the daemon is started from ' +
  '(memfsd stop, then memfsd start; for a service: an EnvironmentFile of mode 0600)';

const notTheApi: Meaning = {
  code: 'invalid',
  message: ({ host }) => `${host} does not speak the Messages API`,
  hint: 'check --base-url, dream.base_url in config.json or ANTHROPIC_BASE_URL: without /v1 at its end',
};

const byStatus: Readonly<Record<number, Meaning>> = {
  400: {
    code: 'invalid',
    message: ({ host }, said) => `${host} does not take the request: ${said}`,
    hint: 'check that the model can use tools and that its context is large enough',
  },
  401: { code: 'access_denied', message: ({ host }) => `${host} does not take the key`, hint: keyHint },
  402: {
    code: 'limit',
    message: ({ host }, said) => `${host} wants to be paid first: ${said}`,
    hint: 'see the billing page of the account that the key belongs to',
  },
  403: {
    code: 'access_denied',
    message: ({ host, model }, said) => `${host} does not let this key use ${model}: ${said}`,
    hint: 'choose another model with --model or dream.model in config.json, or another key',
  },
  404: {
    code: 'not_found',
    message: ({ host, model }) => `${host} has no model '${model}'`,
    hint: 'choose another with --model or dream.model in config.json',
  },
  413: {
    code: 'too_large',
    message: ({ host }) => `the request is too large for ${host}`,
    hint: 'use a model with a larger context, or dream over fewer sessions',
  },
  429: { code: 'busy', message: ({ host }, said) => `${host} limits the rate: ${said}`, hint: again },
  529: { code: 'busy', message: ({ host }) => `${host} is overloaded`, hint: again },
};

const ofServer: Meaning = {
  code: 'unreachable',
  message: ({ host }, said) => `${host} failed: ${said}`,
  hint: again,
};

/** Statuses of errors that come as an event, after the answer has begun. */
const statusOf: Readonly<Record<string, number>> = {
  authentication_error: 401,
  billing_error: 402,
  invalid_request_error: 400,
  not_found_error: 404,
  overloaded_error: 529,
  permission_error: 403,
  rate_limit_error: 429,
};

export function asEndpointError(thrown: unknown, to: Destination): MemfsError {
  if (thrown instanceof MemfsError) return thrown;
  if (thrown instanceof Anthropic.APIConnectionError) return unreachable(thrown, to);
  if (thrown instanceof Anthropic.APIError) {
    // A page of a proxy or of another service has no error in the API's form.
    if (thrown.type === null && (thrown.status ?? 500) < 500 && !byStatusOnly.has(thrown.status!))
      return errorOf(notTheApi, '', thrown, to);
    const status = thrown.status ?? statusOf[thrown.type ?? ''] ?? 500;
    const said = maskText(thrown.apiMessage ?? `status ${status}`);
    return errorOf(byStatus[status] ?? (status < 500 ? byStatus[400]! : ofServer), said, thrown, to);
  }
  if (thrown instanceof Error && /authentication method/.test(thrown.message))
    return new MemfsError('access_denied', 'there is no key for the model', { hint: keyHint, cause: thrown });
  return unreachable(thrown, to);
}

/** Statuses that say enough without a body. */
const byStatusOnly = new Set([401, 403, 413, 429]);

const errorOf = (
  { code, message, hint }: Meaning,
  said: string,
  cause: unknown,
  to: Destination,
): MemfsError => new MemfsError(code, message(to, said), { hint, cause });

function unreachable(thrown: unknown, { host }: Destination): MemfsError {
  const { message, cause } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const reason =
    cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause).message : message;
  return new MemfsError('unreachable', `${host} cannot be reached: ${maskText(reason)}`, {
    hint: `check the network and the base URL, then ${again}`,
    cause: thrown,
  });
}

export const notTheMessagesApi = (to: Destination): MemfsError => errorOf(notTheApi, '', undefined, to);

/** Whether an answer that broke off, or ended with an error, may come whole when asked for again. */
export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof MemfsError) return thrown.code === 'unreachable';
  if (thrown instanceof Anthropic.APIError)
    return (
      thrown.status === undefined &&
      !/^(authentication|billing|invalid|not_found|permission)/.test(thrown.type ?? '')
    );
  return true;
}
