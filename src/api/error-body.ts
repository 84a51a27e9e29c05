import type { MemfsError } from '../core/errors.js';
import type { ErrorBody } from './protocol.js';

/** How an error looks in JSON, on the socket as on standard error. */
export const errorBody = (error: MemfsError): ErrorBody => ({
  error: { code: error.code, message: error.message, hint: error.hint ?? null },
});
