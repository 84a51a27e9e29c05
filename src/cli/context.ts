/** The context of a command: the caller's surroundings, its output, and the daemon. */
import { type ControlClient, controlClient } from '../api/client/client.js';
import { userName } from '../api/user-name.js';
import { MemfsError } from '../core/errors.js';
import { checkName } from '../core/names.js';
import { holdingOf, type Started, startDaemon } from './daemon.js';
import { type DaemonVersions, versionNote } from './versions.js';

export type InterruptHandler = (signal: NodeJS.Signals) => void;

export type HoldSignals = (
  signals: readonly NodeJS.Signals[],
  handler: (signal: NodeJS.Signals) => void,
) => () => void;

export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The next SIGINT (Ctrl-C), SIGTERM or SIGHUP is this function's, not the end; until it is released. */
  readonly onInterrupt?: (handler: InterruptHandler) => () => void;
  /** These signals come to this function instead of doing what they do; until it is released. */
  readonly holdSignals?: HoldSignals;
}

export class Context {
  readonly around: Surroundings;
  readonly data: string;
  readonly json: boolean;
  #noted = false;

  constructor(around: Surroundings, data: string, json: boolean) {
    this.around = around;
    this.data = data;
    this.json = json;
  }

  /** The daemon, started when none runs. */
  async daemon(): Promise<ControlClient> {
    await this.start();
    return this.running();
  }

  /** As `daemon`, with what there is to say of it. */
  async start(): Promise<Started> {
    this.#refuseBehindWall();
    const daemon = await startDaemon(this.data);
    const { pid } = daemon.status.keeper;
    // A stuck keeper is taken for one of the engine's version.
    const engine = daemon.status.engine.version;
    this.noteVersions({ engine, keeper: { pid, version: daemon.keeperVersion ?? engine } });
    return daemon;
  }

  /** Once for each command. */
  noteVersions(versions: DaemonVersions): void {
    const note = this.#noted ? null : versionNote(versions);
    this.#noted = true;
    if (note !== null) this.note(`note: ${note.text}\nnext: ${note.next}`);
  }

  /** The daemon if one runs; else its first use is `unreachable`. */
  running(): ControlClient {
    this.#refuseBehindWall();
    return controlClient(this.data, () => holdingOf(this.data));
  }

  /** A daemon that was started there would keep other data, and could mount nothing. */
  #refuseBehindWall(): void {
    const { MEMFSD_ISOLATED: isolated } = this.around.environment;
    if (isolated)
      throw new MemfsError(
        'unsupported',
        'the daemon is not to be reached from behind the wall of memfsd run --isolate',
        {
          hint: 'the journal is there as files: .memfs/README.md on the mount says where',
        },
      );
  }

  /**
   * Who acts through the command line, as far as the command may say: which session that is, the daemon sees for itself.
   * Throws `invalid` for an agent that is no name.
   */
  actor(): { readonly agent: string } {
    const { MEMFSD_AGENT: agent } = this.around.environment;
    return { agent: agent ? checkName(agent, 'MEMFSD_AGENT') : userName() };
  }

  /** The command's result: a JSON document, or the text for a person. */
  print(value: unknown, text: () => string): void {
    this.write(this.json ? `${JSON.stringify(value)}\n` : ensureNewline(text()));
  }

  write(bytes: string | Uint8Array): void {
    this.around.stdout.write(bytes);
  }

  /** A remark for a person, never part of the result. */
  note(text: string): void {
    if (!this.json) this.around.stderr.write(ensureNewline(text));
  }

  get coloured(): boolean {
    const { NO_COLOR: plain } = this.around.environment;
    return this.around.stdout.isTTY === true && !plain;
  }
}

const ensureNewline = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
