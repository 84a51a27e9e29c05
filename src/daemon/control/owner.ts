import { randomBytes } from 'node:crypto';
import type { MountSummary } from '../../api/endpoints/mounts.js';
import type { BeginRequest, LiveSession } from '../../api/endpoints/sessions.js';
import type { StoreSummary } from '../../api/endpoints/stores.js';
import type { ActorRequest } from '../../api/parameters.js';
import { newId } from '../../core/ids.js';
import type { Actor } from '../../core/model.js';
import type { LogQuery, LogRecord } from '../../core/records.js';
import type { StoreView } from '../../vfs/store.js';
import { summaryOf } from '../catalog.js';
import type { TranscriptThread } from '../transcripts/transcript-thread.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';

/** May do everything, in any name. */
export class Owner implements ControlCaller {
  readonly session = null;
  readonly #parts: ControlParts;
  readonly #pid: number;
  readonly #branch: string | undefined;

  /** `pid`: its process; `branch`: absent: main. */
  constructor(parts: ControlParts, pid: number, branch?: string) {
    this.#parts = parts;
    this.#pid = pid;
    this.#branch = branch;
  }

  requireOwner(): void {}
  requireWhole(): void {}
  requireSelf(): void {}
  requireOwnMount(): void {}
  refused(): void {}

  onBranch(name: string): Owner {
    return new Owner(this.#parts, this.#pid, name);
  }

  actor({ agent, session }: ActorRequest): Actor {
    return { agent: agent ?? this.#parts.owner, session: session ?? newId('session', randomBytes) };
  }

  mountActor(request: ActorRequest): Actor {
    return this.actor(request);
  }

  view(reference: string): StoreView {
    const store = this.#parts.stores.get(reference);
    return this.#branch === undefined ? store : store.branch(this.#branch);
  }

  log(reference: string, query: LogQuery): Iterable<LogRecord> {
    return this.view(reference).log(query);
  }

  stores(): StoreSummary[] {
    const { catalog, stores } = this.#parts;
    return catalog.listStores().map((row) => ({ ...summaryOf(row), problem: stores.problem(row) }));
  }

  mounts(): MountSummary[] {
    return this.#parts.mounts.list();
  }

  begin(request: BeginRequest): LiveSession {
    return this.#parts.sessions.begin(request, this.#pid);
  }

  transcripts(): TranscriptThread {
    return this.#parts.transcripts;
  }
}
