/** The programs that are started for `--isolate`: the starter, bubblewrap, and the starter again inside of the wall. */
import { fstatSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isatty } from 'node:tty';
import { readMountInfo } from '../../../api/mountinfo.js';
import { MemfsError } from '../../../core/errors.js';
import type { Context } from '../../context.js';
import type { Launch } from '../command-process.js';
import { starter } from '../starter.js';
import { type Bind, parseBind } from './bind.js';
import { bubblewrapArguments, findBubblewrap } from './bubblewrap.js';
import { checkBind } from './check-binds.js';
import { systemView } from './system.js';
import { wallEnvironment } from './wall-environment.js';
import { bindWorkingDirectory } from './working-directory.js';

export interface WallOptions {
  readonly bind: readonly string[];
  readonly network: boolean;
}

export interface Inside {
  readonly command: readonly string[];
  /** Mounts of memory, in the order of the stores. */
  readonly memory: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** A directory of the host that is its home. */
  readonly home: string;
}

/** Descriptors that COMMAND gets. */
const standard = [0, 1, 2];

const starterInside = '/run/memfsd/starter';

/** Looked over and complete before anything is mounted. */
export class Enclosing {
  readonly #context: Context;
  readonly #options: WallOptions;
  readonly #bubblewrap: string;
  readonly #binds: Bind[];
  /** Where COMMAND's home is. */
  readonly #home: string;

  /** Throws what stands in the way: `unsupported`, `access_denied`, `invalid`, `not_found`, `usage`. */
  constructor(context: Context, options: WallOptions) {
    const { cwd, environment } = context.around;
    this.#context = context;
    this.#options = options;
    refuseDirectories();
    this.#bubblewrap = findBubblewrap(environment);
    this.#home = homeOf(environment);
    const system = systemView().binds;
    const named = options.bind.map((text) => parseBind(text, cwd, this.#home));
    const working = bindWorkingDirectory(cwd, this.#home, [...system, ...named]);
    this.#binds = working === undefined ? named : [...named, working];
    const outside = { data: realpathSync(context.data), mounts: readMountInfo() };
    for (const bind of [...system, ...this.#binds]) checkBind(bind, outside);
  }

  launch({ command, memory, variables, home }: Inside): Launch {
    const { environment, cwd } = this.#context.around;
    const program = starter();
    const terminal = standard.some((descriptor) => isatty(descriptor));
    const walls = bubblewrapArguments({
      system: systemView(),
      home: { source: home, place: this.#home, access: 'rw' },
      starter: { source: program, place: starterInside, access: 'ro' },
      binds: this.#binds,
      memory,
      cwd,
      network: this.#options.network,
      terminal,
      asRoot: process.geteuid?.() === 0,
    });
    const inner = [starterInside, '--control', '3', '--error', '4', '--wall'];
    return {
      program,
      args: [
        ...['--control', '3', '--shield', '--', this.#bubblewrap, ...walls, '--', ...inner],
        ...memory.flatMap((path) => ['--memory', path]),
        '--',
        ...command,
      ],
      environment: { ...wallEnvironment(environment, this.#context.data, this.#home), ...variables },
      wall: true,
      newSession: !terminal,
    };
  }
}

const homeOf = ({ HOME: home }: NodeJS.ProcessEnv): string =>
  home?.startsWith('/') && home !== '/' ? home : homedir();

/** A directory would lead to all around it. */
function refuseDirectories(): void {
  for (const descriptor of standard)
    if (fstatSync(descriptor).isDirectory())
      throw new MemfsError(
        'invalid',
        `descriptor ${descriptor} is a directory, which leads out of the wall`,
        {
          hint: 'redirect it from a file or /dev/null',
        },
      );
}
