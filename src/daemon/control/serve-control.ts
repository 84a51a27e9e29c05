/** Serves the control API on a socket that listens. */
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { createControlApp } from '../../api/server/app.js';
import { listen } from '../../api/server/listen.js';
import type { MemfsError } from '../../core/errors.js';
import { Peers } from '../processes/peers.js';
import { type CallerParts, controlCallers } from './callers.js';
import { controlHandlers } from './handlers.js';
import type { ControlParts } from './parts.js';

interface Serving extends Pick<CallerParts, 'treeOf' | 'doubtOf'> {
  /** The cause of an error that neither a store nor the catalog has explained. */
  readonly explain: (thrown: unknown, store?: string) => MemfsError;
  readonly log: Logger;
}

export function serveControl(
  parts: ControlParts,
  descriptor: number,
  { treeOf, doubtOf, explain, log }: Serving,
): Promise<Server> {
  const peers = new Peers();
  const app = createControlApp({
    callerOf: controlCallers(parts, { peerOf: (socket) => peers.of(socket), treeOf, doubtOf }),
    handlers: controlHandlers(parts),
    settled: () => parts.stores.settled(),
    report: (error, request) =>
      log.error({ code: error.code, ...request, cause: error.cause }, error.message),
    explain,
  });
  return listen(app, descriptor, (socket) => peers.accept(socket));
}
