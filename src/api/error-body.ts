import { z } from 'zod';
import type { MemfsError } from '../core/errors.js';

/** How an error looks in JSON, on the socket as on standard error. Newer daemons may have codes that are not known here. */
export const ErrorBody = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

export const errorBody = (error: MemfsError): ErrorBody => ({
  error: { code: error.code, message: error.message, hint: error.hint ?? null },
});

/** How the answer to an unknown route begins: clients know a daemon of another version by it. */
export const noSuchRoute = 'no such route';
