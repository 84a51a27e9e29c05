/** The engine's side of the thread that owns transcripts.db; started at the first use. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MemfsError } from '../../core/errors.js';
import type { IngestRequest, IngestResult } from '../../sessions/ingest.js';
import type { SourceMark } from '../../sessions/source.js';
import type { SessionSummary } from '../../sessions/transcripts.js';
import type { TranscriptAnswer, TranscriptCall } from './transcript-calls.js';
import type { TranscriptCalls } from './transcript-worker.js';

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class TranscriptThread {
  readonly #path: string;
  readonly #onDelete: (session: string) => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #calls = 0;

  /** `onDelete`: of each session that was deleted. */
  constructor(data: string, onDelete: (session: string) => void) {
    this.#path = join(data, 'transcripts.db');
    this.#onDelete = onDelete;
  }

  source = (path: string, file: string): Promise<SourceMark | null> => this.#call('source', path, file, null);
  list = (store: string | null): Promise<SessionSummary[]> => this.#call('list', store);
  show = (id: string): Promise<SessionSummary> => this.#call('show', id);
  end = (id: string): Promise<SessionSummary> => this.#end(id, null);

  #end(id: string, by: string | null): Promise<SessionSummary> {
    return this.#call('end', id, new Date().toISOString(), by);
  }

  /** What a session may do with transcripts. */
  broughtBy(by: string): Pick<TranscriptThread, 'source' | 'ingest' | 'end'> {
    return {
      source: (path, file) => this.#call('source', path, file, by),
      ingest: (request, chunks) => this.#ingest({ ...request, by }, chunks),
      end: (id) => this.#end(id, by),
    };
  }

  delete = async (id: string): Promise<SessionSummary> => {
    const session = await this.#call('delete', id, new Date().toISOString());
    this.#onDelete(id);
    return session;
  };

  ingest = (request: Omit<IngestRequest, 'by'>, chunks: AsyncIterable<Uint8Array>): Promise<IngestResult> =>
    this.#ingest({ ...request, by: null }, chunks);

  /** The next chunk is not read before this one is stored. What was stored stays when the stream breaks off. */
  async #ingest(request: IngestRequest, chunks: AsyncIterable<Uint8Array>): Promise<IngestResult> {
    const number = await this.#call('beginIngest', request);
    try {
      for await (const chunk of chunks) await this.#call('takeChunk', number, chunk);
    } catch (error) {
      await this.#call('abandonIngest', number);
      throw error;
    }
    return this.#call('finishIngest', number);
  }

  async *events(id: string, after: string | null, limit: number): AsyncGenerator<Uint8Array> {
    let [cursor, left] = [after, limit];
    while (left > 0) {
      const page = await this.#call('events', id, cursor, left);
      if (page.last === null) return;
      yield page.lines;
      cursor = page.last;
      left -= page.count;
    }
  }

  #call<N extends keyof TranscriptCalls>(
    name: N,
    ...args: Parameters<TranscriptCalls[N]>
  ): Promise<ReturnType<TranscriptCalls[N]>> {
    this.#worker ??= this.#start();
    this.#calls += 1;
    const call: TranscriptCall = { number: this.#calls, name, args };
    return new Promise((resolve, reject) => {
      this.#pending.set(call.number, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker!.postMessage(call);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./transcript-worker.js', import.meta.url), { workerData: this.#path });
    worker.on('message', (answer: TranscriptAnswer) => this.#settle(answer));
    worker.on('error', (error) => this.#fail(error.message));
    worker.on('exit', (code) => this.#fail(`the thread ended with code ${code}`));
    worker.unref();
    return worker;
  }

  #settle(answer: TranscriptAnswer): void {
    const pending = this.#pending.get(answer.number);
    this.#pending.delete(answer.number);
    if ('value' in answer) pending?.resolve(answer.value);
    else {
      const { code, message, hint } = answer.error;
      pending?.reject(new MemfsError(code, message, hint === undefined ? {} : { hint }));
    }
  }

  /** The next call starts another thread. */
  #fail(reason: string): void {
    this.#worker = null;
    for (const { reject } of this.#pending.values())
      reject(new MemfsError('internal', `the transcripts cannot be reached: ${reason}`));
    this.#pending.clear();
  }
}
