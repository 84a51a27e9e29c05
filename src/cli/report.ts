/** How a command says on standard error what went wrong. */
import { errorBody } from '../api/error-body.js';
import type { MemfsError } from '../core/errors.js';

export function printError(stderr: NodeJS.WritableStream, json: boolean, error: MemfsError): void {
  if (json) stderr.write(`${JSON.stringify(errorBody(error))}\n`);
  else {
    stderr.write(`memfsd: ${error.message}\n`);
    if (error.hint !== undefined) stderr.write(`next: ${error.hint}\n`);
  }
}
