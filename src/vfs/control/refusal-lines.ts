import type { RefusalRow } from '../../journal/records/refusals.js';
import { showsFile } from '../scope/visible-records.js';
import { commandsFor, pathOn } from './advice.js';
import type { LineSource, Lines } from './line-file.js';
import type { ControlParts } from './parts.js';

/** Refusals on this mount, and of its session on others, as lines. */
export class RefusalLines implements LineSource {
  readonly #parts: Pick<ControlParts, 'workspace' | 'view' | 'matcher'>;

  constructor(parts: Pick<ControlParts, 'workspace' | 'view' | 'matcher'>) {
    this.#parts = parts;
  }

  head(): number {
    return this.#parts.workspace.refusals.newest()?.id ?? 0;
  }

  lines(after: number, through: number): Lines {
    const rows = this.#parts.workspace.refusals.list({ after, limit: through - after });
    const own = rows.filter((row) => row.id <= through && this.#concerns(row));
    const text = own.map((row) => `${JSON.stringify(this.#describe(row))}\n`).join('');
    return { bytes: Buffer.from(text), rewrites: false };
  }

  /** The newest of the last thousand, the oldest first. */
  recent(count: number): object[] {
    const rows = this.#parts.workspace.refusals.list({ after: Math.max(0, this.head() - 1000), limit: 1000 });
    const own = rows.filter((row) => this.#concerns(row)).slice(-count);
    return own.map((row) => this.#describe(row));
  }

  #concerns({ mount, session, path }: RefusalRow): boolean {
    const { view, matcher } = this.#parts;
    return (mount === view.connection || session === view.actor.session) && showsFile(matcher, path);
  }

  #describe(row: RefusalRow): object {
    const { view } = this.#parts;
    const { time_ms, operation, code, cause, session, agent, number } = row;
    const path = row.path.toString('utf8');
    return {
      time: new Date(time_ms).toISOString(),
      path,
      operation,
      code,
      cause,
      session,
      agent,
      conflict: number === null ? null : pathOn(view, `/.memfs/conflicts${path}/${number}`),
      commands: commandsFor(view, row),
    };
  }
}
