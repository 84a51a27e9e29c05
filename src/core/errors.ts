/**
 * The one error class and the one table behind it.
 *
 * A code is what went wrong in memfsd's own words; the table says how the kernel (errno), an HTTP client
 * (status) and a shell (exit code) hear of it.
 */

/** Linux errno values, positive (asm-generic/errno-base.h, asm-generic/errno.h). */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ENODATA: 61,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  ESTALE: 116,
  EDQUOT: 122,
} as const;

/** Exit codes of the command line. */
export const ExitCode = {
  done: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  permission: 5,
  invalid: 6,
  unreachable: 7,
  unsupported: 8,
  limit: 9,
  /** Done, and there is a difference, or something is missing: of commands that say so. */
  difference: 10,
  interrupted: 130,
} as const;

interface Meaning {
  readonly errno: number;
  readonly status: number;
  readonly exit: number;
}

const meanings = {
  not_found: { errno: Errno.ENOENT, status: 404, exit: ExitCode.notFound },
  already_exists: { errno: Errno.EEXIST, status: 409, exit: ExitCode.conflict },
  not_a_directory: { errno: Errno.ENOTDIR, status: 400, exit: ExitCode.invalid },
  is_a_directory: { errno: Errno.EISDIR, status: 400, exit: ExitCode.invalid },
  not_empty: { errno: Errno.ENOTEMPTY, status: 409, exit: ExitCode.conflict },
  name_too_long: { errno: Errno.ENAMETOOLONG, status: 400, exit: ExitCode.invalid },
  invalid: { errno: Errno.EINVAL, status: 400, exit: ExitCode.invalid },
  usage: { errno: Errno.EINVAL, status: 400, exit: ExitCode.usage },
  not_permitted: { errno: Errno.EPERM, status: 403, exit: ExitCode.permission },
  refused_by_policy: { errno: Errno.EPERM, status: 403, exit: ExitCode.permission },
  access_denied: { errno: Errno.EACCES, status: 403, exit: ExitCode.permission },
  read_only: { errno: Errno.EROFS, status: 403, exit: ExitCode.permission },
  crosses_scope: { errno: Errno.EXDEV, status: 403, exit: ExitCode.permission },
  conflict: { errno: Errno.ESTALE, status: 409, exit: ExitCode.conflict },
  gone: { errno: Errno.ESTALE, status: 410, exit: ExitCode.notFound },
  busy: { errno: Errno.EBUSY, status: 409, exit: ExitCode.conflict },
  would_block: { errno: Errno.EAGAIN, status: 409, exit: ExitCode.conflict },
  deadlock: { errno: Errno.EDEADLK, status: 409, exit: ExitCode.conflict },
  interrupted: { errno: Errno.EINTR, status: 503, exit: ExitCode.interrupted },
  bad_handle: { errno: Errno.EBADF, status: 400, exit: ExitCode.invalid },
  no_such_attribute: { errno: Errno.ENODATA, status: 404, exit: ExitCode.notFound },
  out_of_range: { errno: Errno.ERANGE, status: 400, exit: ExitCode.invalid },
  no_such_extent: { errno: Errno.ENXIO, status: 400, exit: ExitCode.invalid },
  too_large: { errno: Errno.EFBIG, status: 413, exit: ExitCode.limit },
  too_many_links: { errno: Errno.EMLINK, status: 409, exit: ExitCode.limit },
  limit: { errno: Errno.ENOSPC, status: 429, exit: ExitCode.limit },
  no_space: { errno: Errno.ENOSPC, status: 507, exit: ExitCode.limit },
  /** A quota is used up: the disk's for this user, or a limit that the configuration sets. */
  quota: { errno: Errno.EDQUOT, status: 507, exit: ExitCode.limit },
  unsupported: { errno: Errno.EOPNOTSUPP, status: 501, exit: ExitCode.unsupported },
  not_implemented: { errno: Errno.ENOSYS, status: 501, exit: ExitCode.unsupported },
  unreachable: { errno: Errno.EIO, status: 503, exit: ExitCode.unreachable },
  corrupt: { errno: Errno.EIO, status: 500, exit: ExitCode.invalid },
  internal: { errno: Errno.EIO, status: 500, exit: ExitCode.internal },
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof meanings;

export const errorCodes = Object.keys(meanings) as ErrorCode[];

export const meaningOf = (code: ErrorCode): Meaning => meanings[code];

export interface ErrorDetails {
  /** What the user can do next, as a sentence or a command. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class MemfsError extends Error {
  override readonly name = 'MemfsError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }

  get errno(): number {
    return meanings[this.code].errno;
  }
}

/**
 * A refusal that a file operation expects in ordinary use (ENOENT, EEXIST, …): the same class, without the
 * cost of a stack trace, because it lies on the path that answers the kernel.
 */
export function refusal(code: ErrorCode, message: string): MemfsError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new MemfsError(code, message);
  Error.stackTraceLimit = limit;
  return error;
}

/** Wraps whatever was thrown; an unknown error is `internal`, so EIO to the kernel. */
export function asMemfsError(thrown: unknown): MemfsError {
  if (thrown instanceof MemfsError) return thrown;
  const { code, errno } = (thrown ?? {}) as { readonly code?: unknown; readonly errno?: unknown };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const known = typeof code === 'string' ? systemCodes.get(code) : undefined;
  // libuv has no name for it.
  const isQuota = errno === -Errno.EDQUOT;
  return new MemfsError(known ?? (isQuota ? 'quota' : 'internal'), message, { cause: thrown });
}

/** What the system and SQLite say of where the data lie. Of SQLITE_IOERR_… only the system knows why (`failureAt`). */
const systemCodes: ReadonlyMap<string, ErrorCode> = new Map([
  ['ENOSPC', 'no_space'],
  ['SQLITE_FULL', 'no_space'],
  ['EDQUOT', 'quota'],
  ['EROFS', 'read_only'],
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_BUSY_SNAPSHOT', 'busy'],
  ['SQLITE_BUSY_RECOVERY', 'busy'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
]);

const passing: ReadonlySet<ErrorCode> = new Set(['no_space', 'quota', 'read_only', 'busy']);

/**
 * Of an error of the file system below: it says nothing against the data, and may be over in a moment. A full disk, a used-up
 * quota, a file system that was made read-only, a file that another program has locked.
 */
export const mayPass = ({ code }: MemfsError): boolean => passing.has(code);
