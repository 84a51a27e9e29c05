/**
 * The native addon: bytes and descriptors, no meaning. Linux only.
 *
 * Every failing call throws a `SystemError`. Every descriptor that is handed out is close-on-exec.
 */

export interface SystemError extends Error {
  /** The name of the errno value: `'EACCES'`. */
  readonly code: string;
  /** Positive. */
  readonly errno: number;
  readonly syscall: string;
}

/** A new descriptor of `/dev/fuse`, non-blocking. ENOENT: no such device; EACCES, EPERM: not allowed. */
export function openDevice(): number;

export function closeDescriptor(fd: number): void;

/** Makes a descriptor that another program opened non-blocking and close-on-exec. */
export function prepareDescriptor(fd: number): void;

/** mount(2): needs CAP_SYS_ADMIN. `flags` are MS_*, `data` the comma-separated options of the type. */
export function mount(source: string, target: string, type: string, flags: number, data: string): void;

/** umount2(2). `flags` are MNT_* and UMOUNT_*. */
export function unmount(target: string, flags: number): void;

/**
 * An O_PATH descriptor of the directory at an absolute path. ELOOP: a part of the path is a symbolic link; ENOTDIR: it
 * is no directory; EINVAL: it is relative or holds `..`. No file system is asked about its root.
 */
export function openDirectory(path: string): number;

/**
 * An O_PATH descriptor of fusectl, what is mounted at /sys/fs/fuse/connections elsewhere, without mounting it anywhere:
 * needs CAP_SYS_ADMIN and Linux 5.2.
 */
export function openConnections(): number;

/** Two connected AF_UNIX SOCK_SEQPACKET descriptors. */
export function socketpair(): [number, number];

/** SO_PEERCRED of a connected AF_UNIX socket: who connected it, at that time. */
export function peerCredentials(fd: number): {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
};

/**
 * Takes the write lock of a whole file (F_OFD_SETLK); false: another open of it holds it. The lock belongs to the
 * open file description: it is kept as long as any descriptor of it is, in whatever process (SCM_RIGHTS, a child).
 */
export function lockFile(fd: number): boolean;

/** Whether another open of the file holds its lock (F_OFD_GETLK). Takes nothing; `fd` may be read-only. */
export function isLockedElsewhere(fd: number): boolean;

/**
 * A descriptor that listens on a new AF_UNIX socket file of mode 0600, non-blocking. EADDRINUSE: the file is there;
 * ENAMETOOLONG: more than 107 bytes. Whoever closes it leaves the file.
 */
export function listenAt(path: string): number;

/** The value of an extended attribute; of a symbolic link its own. ENODATA: there is none; ENOTSUP: there are none at all. */
export function getAttribute(path: string, name: string): Buffer;

/**
 * SO_PEERPIDFD: a descriptor of the process that connected an AF_UNIX socket, the caller's to close; -1 where the kernel
 * has no such option (Linux before 6.5). ESRCH, EINVAL: that process is gone.
 */
export function peerPidfd(fd: number): number;

/** Whether the process of a pidfd has ended, waited for or not. */
export function hasEnded(pidfd: number): boolean;

/**
 * One connection of the FUSE device, served on the thread that made it. It owns `fd`.
 *
 * `requests` and `replies` are kept by address: their memory must never be detached, transferred or resized.
 * Several channels of one thread may share them, as each request is handled before the next is read.
 */
export class Channel {
  /**
   * @param onRequest A request of `length` bytes lies at the start of `requests` until the call returns. True: the
   *   channel may wait a moment (100 µs at most) for the next one before the loop goes on; not while a reply is owed.
   *   At most 64 come in a row, then the loop goes on; promise jobs run after such a row.
   * @param onEnd Reading failed: ENODEV (19) when unmounted, ECONNABORTED (103) when aborted. Nothing
   *   follows; the owner closes.
   */
  constructor(
    fd: number,
    requests: Uint8Array,
    replies: Uint8Array,
    onRequest: (length: number) => boolean,
    onEnd: (errno: number) => void,
  );
  /** Starts reading; a new channel is paused. */
  resume(): void;
  pause(): void;
  /** Stops, and closes the descriptor. */
  close(): void;
  /** Writes the first `length` bytes of `replies`. Returns 0 or errno (ENOENT: the request was interrupted). */
  reply(length: number): number;
  /** Writes the first `length` bytes of `replies` and then `pieces` (at most 1023), as one message. */
  replyWith(length: number, pieces: readonly Uint8Array[]): number;
  /** Writes a message of the caller's own. Returns 0 or errno. */
  send(bytes: Uint8Array): number;
}

/**
 * A thread that writes messages to `fd` in order, each of which may block. It keeps its own reference to
 * what `fd` names, and no other descriptor of the process but one of its own.
 */
export class Notifier {
  /** @param onDone A message was written: errno, or 0. Called once for each `post`, on the caller's thread. */
  constructor(fd: number, onDone: (id: number, errno: number) => void);
  /** Queues a copy of `bytes`. A message equal to one that still waits is written once, for both. */
  post(id: number, bytes: Uint8Array): void;
  /** Drops what waits; no `onDone` follows. A write under way ends when the kernel lets it. */
  close(): void;
}

/** Messages of 1 to 65,536 bytes, each with up to 253 descriptors. It owns `fd`. */
export class DescriptorSocket {
  /**
   * @param onMessage The descriptors are the receiver's to close.
   * @param onEnd The other side is gone (0), or an errno. The socket is closed already.
   */
  constructor(
    fd: number,
    onMessage: (bytes: Buffer, descriptors: number[]) => void,
    onEnd: (errno: number) => void,
  );
  /** Sent at once or queued; the descriptors stay the caller's and may be closed at once. */
  send(bytes: Uint8Array, descriptors: readonly number[]): void;
  close(): void;
}
