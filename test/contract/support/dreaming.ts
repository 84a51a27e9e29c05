import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Catalog } from '../../../src/daemon/catalog.js';
import { defaults } from '../../../src/daemon/config.js';
import type { DreamJob, DreamProgress } from '../../../src/daemon/dreams/dream-messages.js';
import { DreamRunner } from '../../../src/daemon/dreams/dream-runner.js';
import { EngineDreams } from '../../../src/daemon/dreams/dream-service.js';
import type { DreamWork } from '../../../src/daemon/dreams/dream-thread.js';
import { makeDream } from '../../../src/daemon/dreams/make-dream.js';
import { runInWorker } from '../../../src/daemon/stores/run-in-worker.js';
import { Stores } from '../../../src/daemon/stores/stores.js';
import type { DreamContext } from '../../../src/dream/consolidator.js';
import type { Dream } from '../../../src/dream/dream.js';
import { type ProposedEdit, pathsOf } from '../../../src/dream/edit.js';
import type { Judge } from '../../../src/dream/guard/judge.js';
import type { DreamInput } from '../../../src/dream/input.js';
import { Dreams } from '../../../src/dream/kept/dreams.js';
import { Transcripts } from '../../../src/sessions/transcripts.js';
import { systemClock } from '../../../src/vfs/store/clock.js';
import { createStore } from '../../../src/vfs/store/create-store.js';
import { openStore } from '../../../src/vfs/store/open-store.js';
import type { Store } from '../../../src/vfs/store.js';
import { options } from './volume.js';

export const reviewer = { agent: 'rita', session: 'sesn_review' };

type Propose = (
  input: DreamInput,
  context: DreamContext,
) => readonly ProposedEdit[] | Promise<readonly ProposedEdit[]>;

/** An engine's dreams over a store in a temporary directory, without processes: what is proposed is the test's. */
export class Dreaming {
  readonly directory = mkdtempSync(join(tmpdir(), 'memfsd-dreaming-'));
  propose: Propose = () => [];
  stores!: Stores;
  dreams!: Dreams;
  runner!: DreamRunner;
  service!: EngineDreams;
  readonly #transcripts: Transcripts;
  readonly storeId: string;
  #catalog!: Catalog;

  constructor() {
    mkdirSync(join(this.directory, 'stores'));
    this.#transcripts = new Transcripts(join(this.directory, 'transcripts.db'));
    this.#open();
    this.storeId = this.stores.create('notes', '').id;
  }

  #open(): void {
    const data = this.directory;
    const clock = systemClock();
    const catalog = new Catalog(join(data, 'catalog.db'));
    this.#catalog = catalog;
    const factory = { open: openStore, create: createStore, run: runInWorker };
    const stores = new Stores(data, catalog, factory, options, new Set());
    const dreams = new Dreams(join(data, 'dreams.db'));
    const runner = new DreamRunner({
      data,
      config: defaults().dream,
      dreams,
      catalog,
      stores,
      clock,
      log: pino({ level: 'silent' }),
      start: (job, onProgress) => this.#start(job, onProgress),
      onEnd: () => {},
    });
    Object.assign(this, { stores, dreams, runner });
    this.service = new EngineDreams({ dreams, runner, catalog, stores, clock });
  }

  #start(job: DreamJob, progress: (progress: DreamProgress) => void): DreamWork {
    const cancelled = new AbortController();
    const { dreams } = this;
    const result = makeDream(job, {
      dreams,
      transcripts: this.#transcripts,
      signal: cancelled.signal,
      progress,
      judge: allOfThem,
      consolidatorFor: () => ({
        consolidate: async (input, context) => ({
          edits: await this.propose(input, context),
          usage: null,
          remarks: [],
        }),
      }),
    });
    result.catch(() => {});
    return { result, cancel: () => cancelled.abort(), abandon: () => Promise.resolve() };
  }

  get store(): Store {
    return this.stores.get(this.storeId);
  }

  write(path: string, text: string, who = { agent: 'ada', session: 'sesn_ada' }): void {
    this.store.write(path, Buffer.from(text), who);
  }

  text(path: string, branch?: string): string | null {
    const view = branch === undefined ? this.store : this.store.branch(branch);
    try {
      return Buffer.concat([...view.show(path).chunks]).toString();
    } catch {
      return null;
    }
  }

  /** A session with one message of a user. */
  tell(session: string, text: string, time = '2026-03-14T09:00:00.000Z'): void {
    const ingest = this.#transcripts.ingest({
      path: `/transcripts/${session}.jsonl`,
      store: this.storeId,
      agent: null,
      continues: null,
      by: null,
    });
    ingest.add({
      session,
      entry: `${session}-${text.length}`,
      part: 0,
      parent: null,
      kind: 'user_text',
      origin: 'user',
      time,
      text,
      cut: 0,
      tool_id: null,
      tool_name: null,
      is_error: false,
      subagent: null,
      sidechain: false,
      cwd: null,
      model: null,
      line: 1,
      offset: 0,
    });
    ingest.finish();
  }

  /** Runs a dream to its end. */
  async dream(request: Partial<Dream['request']> = {}) {
    return this.ended(this.begin(request));
  }

  begin(request: Partial<Dream['request']> = {}): string {
    const asked = {
      engine: 'local' as const,
      sessions: null,
      since: null,
      all: false,
      instructions: null,
      model: null,
      base_url: null,
      allow_upload: false,
      schedule: null,
      ...request,
    };
    return this.service.start(this.storeId, asked, reviewer.agent).id;
  }

  async ended(id: string) {
    for await (const event of this.service.follow(id)) if ('dream' in event) return event.dream;
    throw new Error('the dream has no end');
  }

  /** As a new engine does after the last one was killed. */
  restart(): void {
    void this.runner.stop();
    this.stores.close();
    this.#catalog.close();
    this.dreams.close();
    this.#open();
    this.service.resume();
  }

  async close(): Promise<void> {
    await this.runner.stop();
    this.stores.close();
    this.#catalog.close();
    this.dreams.close();
    this.#transcripts.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** The guard has tests of its own. */
const allOfThem: Judge = (_, proposed) => ({
  edits: proposed.map((each, at) => ({
    ...each,
    n: at + 1,
    paths: pathsOf(each.changes),
    state: 'staged',
    note: null,
    sources: [],
    provable: false,
  })),
  removedBytes: 0,
  remarks: [],
});

export const edit = (more: Partial<ProposedEdit> & Pick<ProposedEdit, 'changes'>): ProposedEdit => ({
  kind: 'reorganise',
  reason: 'because',
  confidence: 0.9,
  evidence: [],
  ...more,
});
