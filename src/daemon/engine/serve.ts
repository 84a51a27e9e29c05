/** Serves kernel connections with the fuse session, for the engine. */
import type { Logger } from 'pino';
import { native } from '../../fuse/native.js';
import { defaultWishes, type InitWishes, parseState } from '../../fuse/negotiate.js';
import { Session, TransferBuffers } from '../../fuse/session.js';
import type { ConnectionSetup, KernelConnection, ServeConnection } from './kernel.js';

/** `resend` and `expiry` false: as on kernels that repeat nothing, or cannot be made to ask for a name again. */
export function serveWith(log: Logger, wishes: Pick<InitWishes, 'resend' | 'expiry'>): ServeConnection {
  const buffers = new TransferBuffers();
  return (setup) => {
    const session = openSession(setup, buffers, log, wishes);
    session.start();
    return {
      get hasResend(): boolean {
        return session.negotiated?.hasResend === true;
      },
      get hasExpiry(): boolean {
        return session.negotiated?.hasExpiry === true;
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
  wishes: Pick<InitWishes, 'resend' | 'expiry'>,
): Session {
  const { descriptor, connection, negotiated, attach } = setup;
  try {
    return new Session({
      descriptor,
      connection,
      negotiated: negotiated === null ? null : parseState(negotiated),
      attach,
      log,
      buffers,
      wishes: { ...defaultWishes, ...wishes },
      onNegotiated: (state) => setup.onNegotiated(JSON.stringify(state), state.hasResend),
      failed: (pid, error) => setup.failed?.(pid, error),
      onEnd: () => setup.onEnd(),
    });
  } catch (error) {
    native().closeDescriptor(descriptor);
    throw error;
  }
}
