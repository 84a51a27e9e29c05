/** One look at all processes: which descend from the members of trees, and which members have ended. */
import { readdirSync } from 'node:fs';
import { isRunning, type ProcessImage, processImage } from '../processes/process.js';

export interface KnownMember {
  readonly pid: number;
  readonly started: string;
  readonly session: string;
}

export interface ScanOrder {
  readonly members: readonly (KnownMember & {
    /** Processes that it leads may be of another session: only parents tell. */
    readonly shared: boolean;
  })[];
  /** Descendants of these are not looked for. */
  readonly barriers: readonly number[];
}

export interface ScanResult {
  readonly found: readonly KnownMember[];
  /** Members that have ended. */
  readonly gone: readonly KnownMember[];
}

export function scanProcesses({ members, barriers }: ScanOrder): ScanResult {
  const images = new Map<number, ProcessImage>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const image = Number.isInteger(pid) ? processImage(pid) : null;
    if (isRunning(image)) images.set(pid, image);
  }
  const sessions = new Map<number, string | null>(barriers.map((pid) => [pid, null]));
  const gone: KnownMember[] = [];
  for (const member of members)
    if (images.get(member.pid)?.started === member.started) sessions.set(member.pid, member.session);
    else if (!isThere(member)) {
      gone.push(member);
      // It may have ended between two looks, of which the first was at its child.
      if (!images.has(member.pid)) sessions.set(member.pid, member.session);
    }
  const known = new Set(sessions.keys());
  const shared = new Set(members.filter((member) => member.shared).map((member) => member.pid));
  const found: KnownMember[] = [];
  for (const [pid, { started }] of images) {
    const session = sessionIn(pid, images, sessions, shared);
    if (session !== null && !known.has(pid)) found.push({ pid, started, session });
  }
  return { found, gone };
}

function isThere({ pid, started }: KnownMember): boolean {
  const image = processImage(pid);
  return isRunning(image) && image.started === started;
}

/** Remembers what it finds out on the way. `shared`: leaders that do not tell of those that they lead. */
function sessionIn(
  pid: number,
  images: ReadonlyMap<number, ProcessImage>,
  sessions: Map<number, string | null>,
  shared: ReadonlySet<number>,
): string | null {
  const way = new Map<number, ProcessImage>();
  let next = pid;
  for (let image = images.get(next); image !== undefined && !sessions.has(next) && !way.has(next); ) {
    way.set(next, image);
    next = image.parent;
    image = images.get(next);
  }
  let session = sessions.get(next) ?? null;
  for (const [each, { leader }] of [...way].reverse()) {
    // Whoever became its parent since, it descends from the one that leads its session of processes.
    session ??= shared.has(leader) ? null : (sessions.get(leader) ?? null);
    sessions.set(each, session);
  }
  return session;
}
