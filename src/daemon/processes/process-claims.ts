/**
 * Whose a process on a mount is: of the session whose tree it is in, else of the one that MEMFSD_SESSION of its program's
 * environment names, for which nobody vouches. On the path that answers the kernel, so synchronous; looked at afresh each
 * time, since `execve` makes another program of the same process.
 */
import { isName } from '../../core/names.js';
import { environmentLimit, readEnvironment, variable } from './environment.js';
import { type ProcessImage, processImage, processOfThread, StatFile } from './process.js';

/** So long, in ms, one whose environment could not be read is not asked again. */
const patience = 250;
/** Each holds a descriptor. */
const maxProcesses = 1024;

export interface Claim {
  readonly session: string;
  readonly agent: string | undefined;
}

export interface Belonging {
  /** The session whose tree it is in. */
  readonly tree: string | undefined;
  /** The claim of the process itself. */
  readonly claim: Claim | undefined;
}

const nobody: Belonging = { tree: undefined, claim: undefined };

/** The part of `ProcessTrees` that is needed here. */
export interface Trees {
  /** Another one as soon as an answer may be another one. */
  readonly generation: number;
  sessionOf(pid: number): string | undefined;
}

interface Known {
  readonly stat: StatFile;
  /** Of the process, when the number is a thread's. */
  readonly pid: number;
  readonly identity: string;
  readonly claim: Claim | undefined;
  /** It could not be read: then. */
  readonly unreadMs: number | undefined;
  tree: string | undefined;
  generation: number;
}

export class ProcessClaims {
  /** The process that has been asked about least recently comes first. */
  readonly #known = new Map<number, Known>();
  readonly #buffer = Buffer.alloc(environmentLimit);
  readonly #readAside: (pid: number) => Buffer | null;
  readonly #trees: Trees;

  /** `readAside` reads the environment of a process that must not be waited for. */
  constructor(readAside: (pid: number) => Buffer | null, trees: Trees) {
    this.#readAside = readAside;
    this.#trees = trees;
  }

  /** `pid`: a process or one of its threads; 0: none that is seen from here. */
  of(pid: number): Belonging {
    const known = pid === 0 ? undefined : this.#look(pid);
    if (known === undefined) return nobody;
    if (known.generation !== this.#trees.generation) {
      known.tree = this.#trees.sessionOf(known.pid);
      known.generation = this.#trees.generation;
    }
    return known;
  }

  /** Those that are there and name a session. */
  processes(): { readonly pid: number; readonly session: string }[] {
    return [...this.#known.values()].flatMap(({ stat, pid, identity, claim }) =>
      claim !== undefined && stat.read()?.identity === identity ? [{ pid, session: claim.session }] : [],
    );
  }

  #look(pid: number): Known | undefined {
    const known = this.#known.get(pid);
    const image = known?.stat.read() ?? null;
    // What a process that ends still does, such as closing its files, it does as whom it was.
    const isSame = image !== null && (image.ending || known?.identity === image.identity);
    if (known !== undefined && isSame && !mayBeAsked(known)) {
      this.#known.delete(pid);
      this.#known.set(pid, known);
      return known;
    }
    if (known !== undefined) this.#forget(pid, known);
    return this.#ask(pid);
  }

  #ask(thread: number): Known | undefined {
    const stat = StatFile.open(thread);
    const image = stat?.read() ?? null;
    if (stat === null || image === null) {
      stat?.close();
      return undefined;
    }
    const pid = image.threads === 1 ? thread : (processOfThread(thread) ?? thread);
    const environment = isAlone(image) ? this.#read(image.thread) : this.#readAside(image.thread);
    const known: Known = {
      stat,
      pid,
      identity: image.identity,
      claim: environment === null ? undefined : claimIn(environment),
      unreadMs: environment === null ? performance.now() : undefined,
      tree: undefined,
      generation: Number.NaN,
    };
    this.#known.set(thread, known);
    if (this.#known.size > maxProcesses) {
      const [oldest, forgotten] = this.#known.entries().next().value!;
      this.#forget(oldest, forgotten);
    }
    return known;
  }

  #forget(pid: number, { stat }: Known): void {
    stat.close();
    this.#known.delete(pid);
  }

  #read(pid: number): Buffer | null {
    const size = readEnvironment(pid, this.#buffer);
    return size === null ? null : this.#buffer.subarray(0, size);
  }
}

const mayBeAsked = ({ unreadMs }: Known): boolean =>
  unreadMs !== undefined && performance.now() - unreadMs >= patience;

/** Nobody else uses its memory: a thread, or a parent that called `vfork` and has threads. */
function isAlone({ threads, forked, parent }: ProcessImage): boolean {
  if (threads !== 1 || !forked) return threads === 1;
  const around = processImage(parent);
  return around?.threads === 1 && !around.forked;
}

function claimIn(environment: Buffer): Claim | undefined {
  const session = nameIn(environment, 'MEMFSD_SESSION');
  return session === undefined ? undefined : { session, agent: nameIn(environment, 'MEMFSD_AGENT') };
}

function nameIn(environment: Buffer, name: string): string | undefined {
  const value = variable(environment, name);
  return value !== undefined && value !== null && isName(value) ? value : undefined;
}
