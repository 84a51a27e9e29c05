/**
 * Which processes belong to a session because it was begun for them or for one that they descend from. A process that
 * once belongs to a session does so for its whole life, also when its parent ends; nothing that it says of itself counts
 * against it. Two things tell of a descendant: its parents, looked at when it first asks for something, and a look at all
 * processes about once a second (`TreeScan`), which sees children before their parents end. Where no parent tells, the one
 * that leads its session of processes (setsid(2)) does, unless other sessions have been begun among those that it leads:
 * then it may be of any of them.
 */
import { identityOf, isRunning, processImage } from '../processes/process.js';
import type { ScanResult } from './scan-processes.js';
import type { ProcessRow, SessionTable } from './session-table.js';

export interface Member {
  readonly pid: number;
  /** Its start time. */
  readonly started: string;
  readonly session: string;
  /** The session was begun for it. */
  readonly root: boolean;
  /** Other sessions that were begun for processes of the session of processes that it leads. */
  readonly inner: readonly string[];
}

interface Step {
  readonly pid: number;
  readonly started: string;
  readonly leader: number;
}

/** Nobody nests processes that deep. */
const deepest = 256;
/** Processes that are known to be in no tree. */
const maxOutside = 4096;

export class ProcessTrees {
  readonly #table: SessionTable;
  readonly #barriers: ReadonlySet<number>;
  readonly #members = new Map<number, Member>();
  /** Start times by pid, until a session is begun for a process. */
  readonly #outside = new Map<number, string>();
  /** Counts up whenever the answer for a process may be another one. */
  generation = 0;
  /** Sessions whose last process ended while nobody was looking. */
  readonly emptied: readonly string[];
  /** Not yet written down. */
  readonly #unsaved = new Set<number>();

  /** `barriers`: the daemon's own processes, which belong to nobody though a command of a session may have begun them. */
  constructor(table: SessionTable, barriers: ReadonlySet<number>) {
    this.#table = table;
    this.#barriers = barriers;
    const rows = table.processes();
    for (const row of rows) this.#resume(row);
    this.emptied = [...new Set(rows.map(({ session }) => session))].filter(
      (session) => !this.hasProcesses(session),
    );
  }

  #resume({ pid, identity, session, root, inner }: ProcessRow): void {
    const image = processImage(pid);
    if (isRunning(image) && identityOf(image.started) === identity)
      this.#members.set(pid, {
        pid,
        started: image.started,
        session,
        root: root === 1,
        inner: JSON.parse(inner) as string[],
      });
    else this.#table.quickly(() => this.#table.removeProcess(pid));
  }

  get size(): number {
    return this.#members.size;
  }

  members(): readonly Member[] {
    return [...this.#members.values()];
  }

  hasProcesses(session: string): boolean {
    return this.members().some((member) => member.session === session);
  }

  /** The session whose tree the process is in. Undefined: none, it cannot be told which, or the process is gone. */
  sessionOf(pid: number): string | undefined {
    return this.#find(pid).found?.session;
  }

  /** For one that `sessionOf` tells nothing of: sessions that it may belong to, by the one that leads its session of processes. */
  doubtOf(pid: number): { readonly outer: string; readonly inner: readonly string[] } | undefined {
    const { doubt } = this.#find(pid);
    return doubt === undefined ? undefined : { outer: doubt.session, inner: doubt.inner };
  }

  #find(pid: number): { readonly found?: Member | undefined; readonly doubt?: Member | undefined } {
    if (this.#members.size === 0) return {};
    const way: Step[] = [];
    let found: Member | undefined;
    for (let next = pid; next > 0 && way.length < deepest && !this.#barriers.has(next); ) {
      const image = processImage(next);
      // A parent that ended just now is still who it was.
      if (image === null) found = next === pid ? undefined : this.#members.get(next);
      if (image === null || this.#outside.get(next) === image.started) break;
      found = this.#member(next, image.started);
      if (found !== undefined) break;
      way.push({ pid: next, started: image.started, leader: image.leader });
      next = image.parent;
    }
    let doubt: Member | undefined;
    for (const step of way.reverse()) {
      const led = found ?? doubt ?? this.#ledBy(step.leader);
      if (led === undefined) this.#leaveOut(step.pid, step.started);
      else if (led !== found && led.inner.length > 0) doubt = led;
      else {
        found = led;
        if (this.#member(step.pid, step.started) === undefined) this.#take(step, found.session);
      }
    }
    return { found, doubt };
  }

  #member(pid: number, started: string): Member | undefined {
    const member = this.#members.get(pid);
    return member?.started === started ? member : undefined;
  }

  /** A session of processes has only descendants of the one that leads it, whoever became their parent since. */
  #ledBy(leader: number): Member | undefined {
    const member = this.#members.get(leader);
    if (member === undefined || processImage(leader)?.started !== member.started) return undefined;
    return member;
  }

  #take({ pid, started }: { readonly pid: number; readonly started: string }, session: string): void {
    const inner = this.#innerOf(pid, started, session);
    this.#members.set(pid, { pid, started, session, root: false, inner });
    this.#unsaved.add(pid);
  }

  #innerOf(pid: number, started: string, session: string): readonly string[] {
    const below = this.members().filter((each) => each.root && processImage(each.pid)?.leader === pid);
    const sessions = [...(this.#member(pid, started)?.inner ?? []), ...below.map((each) => each.session)];
    return [...new Set(sessions)].filter((each) => each !== session);
  }

  #leaveOut(pid: number, started: string): void {
    this.#outside.delete(pid);
    this.#outside.set(pid, started);
    if (this.#outside.size > maxOutside) this.#outside.delete(this.#outside.keys().next().value!);
  }

  /** From now on the process, and what descends from it, belong to the session. */
  begin(pid: number, started: string, session: string): void {
    this.#put({ pid, started, session, root: true, inner: this.#innerOf(pid, started, session) });
    this.#outside.clear();
    this.#beganBelow(processImage(pid)?.leader ?? 0, session);
    this.generation += 1;
    // What descends from it and was another session's is now this one's, unless that was begun below it.
    for (const member of this.members()) {
      if (member.root) continue;
      const root = this.#rootOf(member.pid);
      if (root !== undefined && root !== member.session) this.#take(member, root);
    }
  }

  #put(member: Member): void {
    this.#table.putProcess(rowOf(member));
    this.#members.set(member.pid, member);
    this.#unsaved.delete(member.pid);
  }

  /** A process that nobody saw is from now on not surely of the leader's session. */
  #beganBelow(leader: number, session: string): void {
    this.#find(leader);
    const member = this.#ledBy(leader);
    if (member === undefined || member.session === session || member.inner.includes(session)) return;
    this.#put({ ...member, inner: [...member.inner, session] });
  }

  /** The session of the nearest process on the way up for which one was begun. */
  #rootOf(pid: number): string | undefined {
    for (let [next, depth] = [pid, 0]; next > 0 && depth < deepest; depth++) {
      const image = processImage(next);
      if (image === null) return undefined;
      const member = this.#member(next, image.started);
      if (member?.root === true) return member.session;
      next = image.parent;
    }
    return undefined;
  }

  /** Takes in what the look at all processes has found; returns the sessions whose last process has ended. */
  learn({ found, gone }: ScanResult): string[] {
    const left = new Set<string>();
    for (const { pid, started } of gone) {
      const member = this.#member(pid, started);
      if (member === undefined) continue;
      left.add(member.session);
      this.#members.delete(pid);
    }
    for (const { pid, started, session } of found)
      if (this.#member(pid, started) === undefined) this.#take({ pid, started }, session);
    if (found.length > 0) this.generation += 1;
    if (gone.length > 0 || this.#unsaved.size > 0) this.#save(gone.map(({ pid }) => pid));
    return [...left].filter((session) => !this.hasProcesses(session));
  }

  #save(gone: readonly number[]): void {
    this.#table.quickly(() => {
      for (const pid of gone) if (!this.#members.has(pid)) this.#table.removeProcess(pid);
      for (const pid of this.#unsaved) {
        const member = this.#members.get(pid);
        if (member === undefined) continue;
        this.#table.putProcess(rowOf(member));
      }
    });
    this.#unsaved.clear();
  }
}

const rowOf = ({ pid, started, session, root, inner }: Member): ProcessRow => ({
  pid,
  identity: identityOf(started),
  session,
  root: root ? 1 : 0,
  inner: JSON.stringify(inner),
});
