/** Who calls the control API, and what it may do: a process of a session that has a mount is held to its scope. */
import type { Socket } from 'node:net';
import type { ControlService } from '../api/control.js';
import { EngineControl, type ServiceParts } from './control-service.js';
import type { Mounts } from './mounts.js';
import type { ProcessClaims } from './process-claims.js';
import { RestrictedControl } from './restricted-control.js';

export interface CallerParts {
  readonly mounts: Mounts;
  readonly claims: ProcessClaims;
  /** The process that connected a socket; 0 when it cannot be seen from here. */
  readonly peerOf: (descriptor: number) => number;
}

export function serviceForCallers(
  service: ServiceParts,
  { mounts, claims, peerOf }: CallerParts,
): (caller: Socket) => ControlService {
  const whole = new EngineControl(service);
  return (caller) => {
    const descriptor = descriptorOf(caller);
    const session = descriptor === undefined ? undefined : claims.of(peerOf(descriptor), '')?.session;
    if (session === undefined) return whole;
    const own = mounts.ofSession(session);
    return own.length === 0 ? whole : new RestrictedControl(service, session, own);
  };
}

/** Node hands out the descriptor of a connection in no other way; undefined: it is closed. */
const descriptorOf = (socket: Socket): number | undefined =>
  (socket as unknown as { readonly _handle: { readonly fd: number } | null })._handle?.fd;
