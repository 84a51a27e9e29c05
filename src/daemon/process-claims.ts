/**
 * Which session a process says it belongs to: MEMFSD_SESSION and MEMFSD_AGENT of the environment that its program
 * began with. On the path that answers the kernel, so synchronous; nobody vouches for what it says.
 */
import type { Actor } from '../core/model.js';
import { environmentLimit, readEnvironment, variable } from './environment.js';
import { type ProcessImage, processImage } from './process.js';

/** So long, in ms, a known process is not looked at again. */
const trusted = 250;
const maxProcesses = 4096;

interface Claim {
  readonly session: string;
  readonly agent: string | undefined;
}

interface Known {
  readonly claim: Claim | undefined;
  /** Empty: it could not be found out, and is asked again. */
  readonly identity: string;
  /** The program may become another one at any moment. */
  readonly forked: boolean;
  readonly checkedMs: number;
}

export class ProcessClaims {
  /** The process that has been asked about least recently comes first. */
  readonly #known = new Map<number, Known>();
  readonly #buffer = Buffer.alloc(environmentLimit);
  readonly #readAside: (pid: number) => Buffer | null;

  /** `readAside` reads the environment of a process that must not be waited for. */
  constructor(readAside: (pid: number) => Buffer | null) {
    this.#readAside = readAside;
  }

  /** Undefined: it says nothing, or it is gone. `agent` is for a process that names only its session. */
  of(pid: number, agent: string): Actor | undefined {
    if (pid === 0) return undefined;
    const { claim } = this.#look(pid);
    return claim && { agent: claim.agent ?? agent, session: claim.session, claimed: true };
  }

  #look(pid: number): Known {
    const known = this.#known.get(pid);
    const now = performance.now();
    if (known !== undefined && !known.forked && now - known.checkedMs < trusted) return known;
    const image = processImage(pid);
    const looked: Known =
      known !== undefined && known.identity === image?.identity
        ? { ...known, forked: image.forked, checkedMs: now }
        : this.#ask(pid, image, now);
    this.#known.delete(pid);
    this.#known.set(pid, looked);
    if (this.#known.size > maxProcesses) this.#known.delete(this.#known.keys().next().value!);
    return looked;
  }

  #ask(pid: number, image: ProcessImage | null, checkedMs: number): Known {
    const environment = image && (isAlone(image) ? this.#read(pid) : this.#readAside(pid));
    const claim = environment === null ? undefined : claimIn(environment);
    const identity = environment === null ? '' : image!.identity;
    return { claim, identity, forked: image?.forked ?? false, checkedMs };
  }

  #read(pid: number): Buffer | null {
    const size = readEnvironment(pid, this.#buffer);
    return size === null ? null : this.#buffer.subarray(0, size);
  }
}

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
  return value !== undefined && /^\P{C}{1,255}$/u.test(value) ? value : undefined;
}
