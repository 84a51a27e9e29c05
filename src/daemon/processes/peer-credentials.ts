/** The user and process at the other end of a Unix socket, by the kernel's word (SO_PEERCRED). */
import type { Socket } from 'node:net';
import { native } from '../../fuse/native.js';

/** Node hands out the descriptor of a connection in no other way; undefined: it is closed. */
export const descriptorOf = (socket: Socket): number | undefined => {
  const fd = (socket as unknown as { readonly _handle: { readonly fd: number } | null })._handle?.fd;
  return fd === undefined || fd < 0 ? undefined : fd;
};

export function peerCredentials(
  socket: Socket,
): ReturnType<ReturnType<typeof native>['peerCredentials']> | null {
  const descriptor = descriptorOf(socket);
  return descriptor === undefined ? null : native().peerCredentials(descriptor);
}

/** Whether a process of the daemon's own user is there. Root is another user. */
export const isOwnPeer = (socket: Socket): boolean => peerCredentials(socket)?.uid === process.geteuid?.();
