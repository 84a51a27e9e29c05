import {
  EXPIRE_MINOR,
  InitFlag,
  InitFlag2,
  KERNEL_MAJOR,
  KERNEL_MINOR,
  OLDEST_MINOR,
  PAGE_SIZE,
} from './abi.js';
import type { RequestReader } from './decode.js';
import type { ReplyWriter } from './encode.js';

/** `fuse_init_in`: what the kernel can do. Flags are 32-bit words. */
export interface InitOffer {
  readonly major: number;
  readonly minor: number;
  readonly maxReadahead: number;
  readonly flags: number;
  readonly flags2: number;
}

/** Options of a session; the defaults are the ones a mount uses. */
export interface InitWishes {
  /** Bytes of one WRITE. The request buffer must be a page larger (else every read of the device is EINVAL). */
  readonly maxWrite: number;
  /** Requests that the kernel keeps in the background (readahead, RELEASE) before it makes callers wait. */
  readonly maxBackground: number;
  /** False: act as if the kernel knew no resend (Linux < 6.9), for tests. */
  readonly resend: boolean;
  /** False: act as if the kernel could not be made to ask for a name again (Linux < 6.2), for tests. */
  readonly expiry: boolean;
}

export const defaultWishes: InitWishes = {
  maxWrite: 1024 * 1024,
  maxBackground: 64,
  resend: true,
  expiry: true,
};

/**
 * The agreement that holds for the life of a kernel connection. Plain JSON: an engine that adopts the connection gets no
 * INIT and needs this instead.
 */
export interface NegotiatedState {
  readonly minor: number;
  readonly flags: number;
  readonly flags2: number;
  readonly maxReadahead: number;
  readonly maxWrite: number;
  readonly maxBackground: number;
  /** FUSE_NOTIFY_RESEND works: an engine may die without a failed call. */
  readonly hasResend: boolean;
  /** FUSE_EXPIRE_ONLY works: a cached name can be made to be asked for again. */
  readonly hasExpiry: boolean;
}

/**
 * HANDLE_KILLPRIV_V2 saves a GETXATTR of `security.capability` before every WRITE (fuse sets SB_NOSEC); in
 * return the file system clears set-id bits when a request says so.
 *
 * POSIX_ACL: the kernel checks ACLs, the file system keeps them in step with modes. As a default ACL takes the
 * umask's place, the kernel must not apply the umask (DONT_MASK).
 *
 * Not wished for: WRITEBACK_CACHE (the kernel would own sizes and times), NO_OPEN_SUPPORT and
 * NO_OPENDIR_SUPPORT (every open is seen), EXPORT_SUPPORT.
 */
const wanted =
  InitFlag.ASYNC_READ |
  InitFlag.POSIX_LOCKS |
  InitFlag.ATOMIC_O_TRUNC |
  InitFlag.BIG_WRITES |
  InitFlag.DONT_MASK |
  InitFlag.FLOCK_LOCKS |
  InitFlag.DO_READDIRPLUS |
  InitFlag.READDIRPLUS_AUTO |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.POSIX_ACL |
  InitFlag.MAX_PAGES |
  InitFlag.CACHE_SYMLINKS |
  InitFlag.EXPLICIT_INVAL_DATA |
  InitFlag.HANDLE_KILLPRIV_V2 |
  InitFlag.SETXATTR_EXT |
  InitFlag.INIT_EXT;

/** `agreed`; `retry`: answer with our major version and wait for another INIT; `refused`: EPROTO. */
export type Negotiation =
  | { readonly kind: 'agreed'; readonly state: NegotiatedState }
  | { readonly kind: 'retry' }
  | { readonly kind: 'refused' };

export function negotiate(offer: InitOffer, wishes: InitWishes): Negotiation {
  if (offer.major > KERNEL_MAJOR) return { kind: 'retry' };
  if (offer.major < KERNEL_MAJOR || offer.minor < OLDEST_MINOR) return { kind: 'refused' };
  const flags = offer.flags & wanted;
  // Without INIT_EXT `flags2` is padding on both sides.
  const offered = flags & InitFlag.INIT_EXT ? offer.flags2 : 0;
  const flags2 = wishes.resend ? offered & InitFlag2.HAS_RESEND : 0;
  // The flag is for kernels of an older protocol that can do it all the same; nothing is agreed on.
  const canExpire = offer.minor >= EXPIRE_MINOR || (offered & InitFlag2.HAS_EXPIRE_ONLY) !== 0;
  const state: NegotiatedState = {
    minor: Math.min(offer.minor, KERNEL_MINOR),
    flags,
    flags2,
    maxReadahead: offer.maxReadahead,
    maxWrite: flags & InitFlag.MAX_PAGES ? wishes.maxWrite : Math.min(wishes.maxWrite, 32 * PAGE_SIZE),
    maxBackground: wishes.maxBackground,
    hasResend: flags2 !== 0,
    hasExpiry: wishes.expiry && canExpire,
  };
  return { kind: 'agreed', state };
}

/** The agreement that an engine wrote down, maybe one that did not know of `hasExpiry` yet. */
export function parseState(text: string): NegotiatedState {
  const state = JSON.parse(text) as Omit<NegotiatedState, 'hasExpiry'> & { readonly hasExpiry?: boolean };
  return { ...state, hasExpiry: state.hasExpiry ?? state.minor >= EXPIRE_MINOR };
}

export function readInit(request: RequestReader): InitOffer {
  const major = request.u32();
  const minor = request.u32();
  if (major !== KERNEL_MAJOR) return { major, minor, maxReadahead: 0, flags: 0, flags2: 0 };
  const maxReadahead = request.u32();
  const flags = request.u32();
  return { major, minor, maxReadahead, flags, flags2: flags & InitFlag.INIT_EXT ? request.u32() : 0 };
}

/** `fuse_init_out`, 64 bytes. */
export function writeInit(reply: ReplyWriter, state: NegotiatedState): void {
  reply.u32(KERNEL_MAJOR);
  reply.u32(state.minor);
  reply.u32(state.maxReadahead);
  reply.u32(state.flags);
  reply.u16(state.maxBackground);
  reply.u16(Math.floor((state.maxBackground * 3) / 4));
  reply.u32(state.maxWrite);
  reply.u32(1); // time_gran: nanoseconds
  reply.u16(state.maxWrite / PAGE_SIZE);
  reply.u16(0); // map_alignment
  reply.u32(state.flags2);
  reply.zeros(28);
}

/** The answer to a newer major version: ours, and nothing else. */
export function writeMajor(reply: ReplyWriter): void {
  reply.u32(KERNEL_MAJOR);
  reply.u32(KERNEL_MINOR);
  reply.zeros(56);
}
