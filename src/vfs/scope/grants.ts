import { type Access, type Scope, ScopeMatcher } from '../../core/scope.js';
import type { Entry } from '../../journal/tree/entries.js';
import { isDirectory } from '../store/mode.js';
import { rootIno, type Workspace } from '../store/workspace.js';
import { leastAccess } from './least-access.js';

/** The access of a mount to an inode. */
interface Grant {
  readonly access: Access;
  /** A directory on the way to something that may be granted: it can be listed and passed. */
  readonly passable: boolean;
  /** A directory below which no rule hides anything. */
  readonly open: boolean;
  /** Of a directory's name; a directory that moves takes along what lies below. */
  readonly path: string | null;
  /** Of the names that it was worked out from. */
  readonly generation: number;
}

const capacity = 16_384;

/**
 * The rights of one mount, by inode: a request names an inode, not the path it was found by. Those of an inode with
 * several names are the least of what its paths are granted. One that has lost its last name keeps what it had.
 */
export class Grants {
  readonly #workspace: Workspace;
  readonly #matcher: ScopeMatcher;
  readonly #connection: number;
  readonly #isInUse: (ino: number) => boolean;
  readonly #grants = new Map<number, Grant>();
  /** Without rules. */
  readonly #everywhere: Grant;
  #trimAt = capacity;

  /** `isInUse`: whether the mount's kernel may still ask for the inode. */
  constructor(workspace: Workspace, scope: Scope, connection: number, isInUse: (ino: number) => boolean) {
    this.#workspace = workspace;
    this.#matcher = new ScopeMatcher(scope);
    this.#connection = connection;
    this.#isInUse = isInUse;
    const access = this.#matcher.access('/');
    this.#everywhere = { access, passable: true, open: true, path: null, generation: 0 };
    workspace.entries.departures.add(this.#beforeDeparture);
  }

  /** The mount has ended. */
  end(): void {
    this.#workspace.entries.departures.delete(this.#beforeDeparture);
  }

  access(ino: number): Access {
    return this.#grant(ino).access;
  }

  /** Whether the mount shows the inode: granted, or on the way to something that may be. */
  isVisible(ino: number): boolean {
    const { access, passable } = this.#grant(ino);
    return access !== 'none' || passable;
  }

  /** Returns what the rules grant to a name, whether it is taken or free. */
  nameAccess(parent: number, name: Buffer): Access {
    // A directory that was removed has no path any more, and takes no names either.
    if (!this.#hasPath(parent)) return this.access(parent);
    return this.#matcher.access(this.#pathOf(parent, name));
  }

  /** Tells of names in a directory which ones could be visible: what has one is still to be asked about. */
  namesIn(directory: number): ((name: Buffer) => boolean) | undefined {
    const { path, open } = this.#grant(directory);
    if (path === null || open) return undefined;
    const mayShow = this.#matcher.namesIn(path);
    return (name) => mayShow(name.toString('latin1'));
  }

  /** Whether no rule hides anything below the directory. */
  isOpen(directory: number): boolean {
    return this.#grant(directory).open;
  }

  /** Whether what lies below a directory would have the same rights at another place. */
  keepsRightsBelow(parent: number, name: Buffer, newParent: number, newName: Buffer): boolean {
    if (!this.#hasPath(newParent)) return true;
    const before = this.#matcher.rightsBelow(this.#pathOf(parent, name));
    return before === this.#matcher.rightsBelow(this.#pathOf(newParent, newName));
  }

  /** An inode that has no name yet. */
  grantUnnamed(ino: number, access: Access): void {
    this.#keep(ino, this.#unnamed(access));
  }

  /** Inodes that the mount may have cached and may read no more, now that `ino` has been changed. */
  withdrawn(ino: number): number[] {
    const before = this.#grants.get(ino);
    if (before === undefined) return this.#isInUse(ino) && this.access(ino) === 'none' ? [ino] : [];
    const { path } = this.#grant(ino);
    const affected = path === before.path ? [[ino, before] as const] : [...this.#grants];
    return affected
      .filter(([each, { access }]) => access !== 'none' && this.access(each) === 'none')
      .map(([each]) => each);
  }

  readonly #beforeDeparture = (ino: number): void => {
    if (this.#grants.has(ino)) this.#grant(ino);
  };

  get #generation(): number {
    return this.#workspace.entries.generation;
  }

  #grant(ino: number): Grant {
    if (this.#matcher.isWhole) return this.#everywhere;
    const known = this.#grants.get(ino);
    if (known?.generation === this.#generation) return known;
    const names = this.#workspace.entries.ofInode(ino);
    if (names.length > 0 || ino === rootIno) return this.#keep(ino, this.#evaluate(ino, names));
    if (known !== undefined) return this.#keep(ino, { ...known, generation: this.#generation });
    return this.#unnamed(this.#inherited(ino));
  }

  /** An earlier engine knew: what the kernel was given it might read, and what it has open for writing, write. */
  #inherited(ino: number): Access {
    if (!this.#isInUse(ino)) return 'none';
    const isOpen = [...this.#workspace.handles.values()].some(
      (handle) => handle.ino === ino && handle.connection === this.#connection,
    );
    return isOpen ? 'rw' : 'ro';
  }

  #unnamed(access: Access): Grant {
    return { access, passable: false, open: false, path: null, generation: this.#generation };
  }

  #evaluate(ino: number, names: readonly Entry[]): Grant {
    const isRoot = ino === rootIno;
    const access = isRoot ? this.#matcher.access('/') : leastAccess(this.#workspace, this.#matcher, names);
    const path = isRoot ? '/' : this.#directoryPath(ino, names[0]!);
    return {
      access,
      passable: path !== null && this.#matcher.isPassable(path),
      open: path !== null && this.#matcher.grantsAllBelow(path),
      path,
      generation: this.#generation,
    };
  }

  #directoryPath(ino: number, { parent, name }: Entry): string | null {
    return isDirectory(this.#workspace.inodes.get(ino).mode) ? this.#pathOf(parent, name) : null;
  }

  #hasPath(ino: number): boolean {
    return ino === rootIno || this.#workspace.entries.ofInode(ino).length > 0;
  }

  #pathOf(parent: number, name: Buffer): string {
    return this.#workspace.pathOf(parent, name).toString('latin1');
  }

  #keep(ino: number, grant: Grant): Grant {
    if (this.#grants.size >= this.#trimAt) this.#trim();
    this.#grants.set(ino, grant);
    return grant;
  }

  #trim(): void {
    for (const ino of this.#grants.keys()) if (!this.#isInUse(ino)) this.#grants.delete(ino);
    this.#trimAt = Math.max(capacity, this.#grants.size * 2);
  }
}
