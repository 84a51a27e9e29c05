/** One look at all processes: which descend from the members of trees, and which members have ended. */
import { readdirSync } from 'node:fs';
import { isRunning, type ProcessImage, processImage } from '../process.js';
import type { KnownMember, ScanOrder, ScanResult } from './tree-scan.js';

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
  const found: KnownMember[] = [];
  for (const [pid, { started }] of images) {
    const session = sessionIn(pid, images, sessions);
    if (session !== null && !known.has(pid)) found.push({ pid, started, session });
  }
  return { found, gone };
}

function isThere({ pid, started }: KnownMember): boolean {
  const image = processImage(pid);
  return isRunning(image) && image.started === started;
}

/** Remembers what it finds out on the way. */
function sessionIn(
  pid: number,
  images: ReadonlyMap<number, ProcessImage>,
  sessions: Map<number, string | null>,
): string | null {
  const way: number[] = [];
  let session: string | null = null;
  for (let next = pid; ; ) {
    const known = sessions.get(next);
    const image = images.get(next);
    if (known !== undefined || image === undefined || way.includes(next)) {
      session = known ?? null;
      break;
    }
    way.push(next);
    // Whoever became its parent since, it descends from the one that leads its session of processes.
    const led = sessions.get(image.leader);
    if (typeof led === 'string') {
      session = led;
      break;
    }
    next = image.parent;
  }
  for (const each of way) sessions.set(each, session);
  return session;
}
