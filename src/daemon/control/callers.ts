/**
 * Who calls the control API: the owner, a session, or nobody that can be told. Decided here and nowhere else, anew for each
 * request, since a process may become another program between two; whoever cannot be told is refused.
 *
 * | in the tree of | MEMFSD_SESSION names         | is                                                             |
 * | -------------- | ---------------------------- | -------------------------------------------------------------- |
 * | a session      | anything or nothing          | that session                                                   |
 * | none           | nothing                      | the owner                                                      |
 * | none           | a session that is known      | that session, with what the catalog remembers of its scope     |
 * | none           | a name that nothing knows    | a session that sees nothing                                    |
 * | none           | what is no name, the empty   | refused                                                        |
 * | one of several | one of the inner ones        | that session                                                   |
 * | one of several | anything else or nothing     | refused                                                        |
 * | cannot be told | (gone, not to be seen, environment not to be read) | refused                                  |
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { MemfsError } from '../../core/errors.js';
import { isName, nameMeaning } from '../../core/names.js';
import { isWellFormed, variable } from '../processes/environment.js';
import type { Peer } from '../processes/peers.js';
import { hasOwnProc, isRunning, processImage } from '../processes/process.js';
import type { ControlCaller } from './caller.js';
import { Owner } from './owner.js';
import type { ControlParts } from './parts.js';
import { SessionCaller } from './session-caller.js';

export type Caller =
  | { readonly kind: 'owner' }
  | {
      readonly kind: 'session';
      readonly session: string;
      /** The agent that it calls itself; null: as the session is known. */
      readonly agent: string | null;
      /** Nobody vouches for it: its environment says so. */
      readonly claimed: boolean;
    }
  | { readonly kind: 'unknown'; readonly why: string; readonly hint: string };

export interface CallerParts {
  readonly peerOf: (socket: Socket) => Peer | undefined;
  /** The session whose tree a process is in. */
  readonly treeOf: (pid: number) => string | undefined;
  /** Where that tells nothing: sessions that it may belong to. */
  readonly doubtOf: (
    pid: number,
  ) => { readonly outer: string; readonly inner: readonly string[] } | undefined;
}

/** A program that is replaced again and again while it is looked at is not waited for. */
const attempts = 3;

export class Callers {
  readonly #parts: CallerParts;
  /** By connection, with the identity of the program that it began with: another program has another one. */
  readonly #known = new WeakMap<Peer, { readonly identity: string; readonly caller: Caller }>();

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  async of(socket: Socket): Promise<Caller> {
    const { peerOf, treeOf, doubtOf } = this.#parts;
    const peer = peerOf(socket);
    if (peer === undefined || peer.hasEnded()) return gone;
    if (peer.pid === 0 || !hasOwnProc()) return elsewhere;
    const tree = treeOf(peer.pid);
    if (tree !== undefined)
      return peer.hasEnded() ? gone : { kind: 'session', session: tree, agent: null, claimed: false };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = processImage(peer.pid);
      if (!isRunning(before) || before.ending) return gone;
      const known = this.#known.get(peer);
      const caller =
        known?.identity === before.identity ? known.caller : await callerIn(peer.pid, before.thread);
      const after = processImage(peer.pid);
      if (peer.hasEnded() || !isRunning(after) || after.ending) return gone;
      if (before.identity !== after.identity || before.thread !== after.thread) continue;
      if (!after.readable) return unreadable(peer.pid);
      this.#known.set(peer, { identity: after.identity, caller });
      const doubt = doubtOf(peer.pid);
      if (doubt === undefined) return caller;
      // It may have inherited the outer one's name, or none, from whom it does not belong to.
      const isInner = caller.kind === 'session' && doubt.inner.includes(caller.session);
      return isInner ? caller : doubtful(peer.pid, [doubt.outer, ...doubt.inner]);
    }
    return unreadable(peer.pid);
  }
}

/** Read beside the loop: it may have to wait for the memory of the process. */
async function callerIn(peer: number, thread: number): Promise<Caller> {
  const environment = await readFile(`/proc/${thread}/environ`).catch(() => null);
  return environment === null || !isWellFormed(environment) ? unreadable(peer) : namedIn(environment);
}

function namedIn(environment: Buffer): Caller {
  const session = variable(environment, 'MEMFSD_SESSION');
  if (session === undefined) return { kind: 'owner' };
  if (session === null || !isName(session)) return unnamed;
  const agent = variable(environment, 'MEMFSD_AGENT');
  const named = agent !== undefined && agent !== null && isName(agent) ? agent : null;
  return { kind: 'session', session, agent: named, claimed: true };
}

const gone: Caller = {
  kind: 'unknown',
  why: 'the process that made the connection has ended',
  hint: 'connect in the process that asks',
};

const elsewhere: Caller = {
  kind: 'unknown',
  why: 'the process is not to be seen from where the daemon runs',
  hint: 'run the command and the daemon in the same pid namespace (container), with a /proc of its own',
};

const unreadable = (pid: number): Caller => ({
  kind: 'unknown',
  why: `the environment of the process ${pid} cannot be read, so whether it belongs to a session`,
  hint: `run it as a program that its own user may look into (not set-user-id, without file capabilities), or begin a session for it: memfsd session begin --pid ${pid}`,
});

const doubtful = (pid: number, sessions: readonly string[]): Caller => ({
  kind: 'unknown',
  why: `the process ${pid} descends from one of the sessions ${sessions.join(', ')}, and its parents ended before they were seen`,
  hint: `let its parents live for a second longer, or begin a session for it: memfsd session begin --pid ${pid}`,
});

const unnamed: Caller = {
  kind: 'unknown',
  why: `MEMFSD_SESSION is set, but not to the name of a session: ${nameMeaning}`,
  hint: 'unset MEMFSD_SESSION, or set it to a name',
};

export function controlCallers(
  control: ControlParts,
  parts: CallerParts,
): (socket: Socket) => Promise<ControlCaller> {
  const callers = new Callers(parts);
  return async (socket) => {
    const caller = await callers.of(socket);
    if (caller.kind === 'owner') return new Owner(control, parts.peerOf(socket)!.pid);
    if (caller.kind === 'session') return sessionCaller(control, caller);
    throw new MemfsError('access_denied', `memfsd cannot tell who calls: ${caller.why}`, {
      hint: caller.hint,
    });
  };
}

function sessionCaller(
  control: ControlParts,
  { session, agent, claimed }: Caller & { readonly kind: 'session' },
): SessionCaller {
  const { registry, activity } = control.sessions;
  const known = registry.find(session);
  activity.called(session);
  return new SessionCaller(control, {
    session,
    agent: agent ?? known?.agent ?? control.owner,
    claimed,
    isKnown: known !== undefined,
    get isEnded() {
      return registry.isEnded(session);
    },
    get grants() {
      return control.mounts.ofSession(session);
    },
  });
}
