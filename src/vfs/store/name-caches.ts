import type { CachingMount } from './caching-mount.js';
import type { ChangedName } from './operation-contexts.js';
import { rootIno } from './workspace.js';

/** Seconds for which a mount that is alone keeps names that it can be made to ask for again. */
const longSeconds = 86_400;
/** The same for names that are not known here later: those of what is absent, and all where the kernel is too old. */
const shortSeconds = 1;
/** A time-out counts from when the reply has arrived, in ticks of at most 10 ms. */
const slackMs = 50;
/**
 * A mount that is alone begins to keep names this long after others had a part in them. Who looks up a name that it
 * has holds no lock meanwhile, so a reply that is late could bring a long time-out back after the name was expired.
 */
const quietMs = 2_000;
const batch = 256;

/** A kernel that may have names for longer than the reply that gave them. */
interface Holder {
  /** It may have some that only `expireName` ends. */
  long: boolean;
  /** When the last of the short time-outs is over, by `performance.now()`. */
  shortUntil: number;
  /** Ends when it has nothing more; null while it may keep what it has. */
  expiring: Promise<void> | null;
}

/**
 * Names that a kernel keeps because its mount is the only one of the branch. Who gets company asks again for each, but
 * those of directories, for which there are other rules (`DirectoryNames`). That does not drop a name: the answer that
 * it is still the same leaves the directory entry in place, with whoever stands in it and whatever is mounted on it.
 */
export class NameCaches {
  readonly #mounts: ReadonlyMap<number, CachingMount>;
  readonly #holders = new Map<number, Holder>();
  #quietUntil = 0;

  constructor(mounts: ReadonlyMap<number, CachingMount>) {
    this.#mounts = mounts;
  }

  /** Returns what is to be waited for until no other mount goes on with names that it was given while it was alone. */
  added({ connection, isInherited }: CachingMount): Promise<void>[] {
    const now = performance.now();
    // An earlier engine may have given it any name.
    if (isInherited)
      this.#holders.set(connection, {
        long: true,
        shortUntil: now + shortSeconds * 1000 + slackMs,
        expiring: null,
      });
    if (this.#mounts.size < 2) return [];
    return [...this.#holders].map(([each, holder]) => {
      // Who cannot be made to ask for all (a damaged store, or one that is closed) is told of each that changes.
      holder.expiring ??= this.#expireAll(this.#mounts.get(each)!, holder).catch(() => {});
      return holder.expiring;
    });
  }

  removed(connection: number): void {
    this.#holders.delete(connection);
    this.#beQuiet();
  }

  #beQuiet(): void {
    this.#quietUntil = performance.now() + quietMs;
  }

  /** Seconds for which the kernel may keep a name that it is about to be given, or that there is none. */
  seconds(connection: number, isPresent: boolean): number {
    if (this.#mounts.size !== 1) return 0;
    const now = performance.now();
    const mount = this.#mounts.get(connection);
    if (mount === undefined || now < this.#quietUntil) return 0;
    let holder = this.#holders.get(connection);
    // Alone again before it had given up all: what is under way would end with names that it has got since.
    if (holder === undefined || holder.expiring !== null) {
      holder = { long: holder?.long ?? false, shortUntil: holder?.shortUntil ?? 0, expiring: null };
      this.#holders.set(connection, holder);
    }
    if (isPresent && mount.notifier.hasExpiry) {
      holder.long = true;
      return longSeconds;
    }
    holder.shortUntil = now + shortSeconds * 1000 + slackMs;
    return shortSeconds;
  }

  /** Returns what is to be waited for until no mount but the author goes on with what the names stood for. */
  changed(author: number, names: readonly ChangedName[]): Promise<void>[] {
    const told: Promise<void>[] = [];
    for (const [connection, holder] of names.length === 0 ? [] : this.#holders) {
      if (connection !== author) this.#beQuiet();
      const mount = this.#mounts.get(connection)!;
      for (const { parent, name, own } of names) {
        // A name that the author moves while all its names are expired may have been expired as what it was before.
        const isItsOwn = connection === author && !own && holder.expiring === null;
        if (!isItsOwn && (parent === rootIno || mount.knows(parent)))
          told.push(mount.notifier.expireName(parent, name));
      }
    }
    return told;
  }

  /** Not more at once than what a change of pages can wait behind. */
  async #expireAll(mount: CachingMount, holder: Holder): Promise<void> {
    const { connection, notifier } = mount;
    const isWanted = (): boolean => this.#holders.get(connection) === holder;
    const sent: Promise<void>[] = [];
    // The mounts of an earlier engine are attached in one turn; only then all of them are known.
    await new Promise(setImmediate);
    for (const { parent, name, ino } of holder.long && notifier.hasExpiry ? mount.names() : []) {
      if (mount.isDirectory(ino)) continue;
      sent.push(notifier.expireName(parent, name));
      if (sent.length < batch) continue;
      await Promise.all(sent.splice(0));
      await new Promise(setImmediate);
      if (!isWanted()) return;
    }
    await Promise.all(sent);
    const left = holder.shortUntil - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left).unref());
    if (isWanted()) this.#holders.delete(connection);
  }
}
