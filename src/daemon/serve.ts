/** Serves kernel connections with the fuse session, for the engine. */
import type { Logger } from 'pino';
import { native } from '../fuse/native.js';
import { defaultWishes, type NegotiatedState } from '../fuse/negotiate.js';
import { Session, TransferBuffers } from '../fuse/session.js';
import type { ConnectionSetup, KernelConnection, ServeConnection } from './kernel.js';

/** `resend` false: as on kernels that repeat nothing. */
export function serveWith(log: Logger, resend: boolean): ServeConnection {
  const buffers = new TransferBuffers();
  return (setup) => {
    const session = openSession(setup, buffers, log, resend);
    session.start();
    return {
      get hasResend(): boolean {
        return session.negotiated?.hasResend === true;
      },
      resend: () => void session.resend(),
      leave: (limit) => session.leave(limit),
      get waiting(): readonly Uint8Array[] {
        return session.waiting;
      },
      takeUp: (requests) => session.takeUp(requests),
      close: () => session.close(),
    } satisfies KernelConnection;
  };
}

function openSession(
  setup: ConnectionSetup,
  buffers: TransferBuffers,
  log: Logger,
  resend: boolean,
): Session {
  const { descriptor, connection, negotiated, attach } = setup;
  try {
    return new Session({
      descriptor,
      connection,
      negotiated: negotiated === null ? null : (JSON.parse(negotiated) as NegotiatedState),
      attach,
      log,
      buffers,
      wishes: { ...defaultWishes, resend },
      onNegotiated: (state) => setup.onNegotiated(JSON.stringify(state), state.hasResend),
      onEnd: () => setup.onEnd(),
    });
  } catch (error) {
    native().closeDescriptor(descriptor);
    throw error;
  }
}
