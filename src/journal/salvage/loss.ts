/** The losses of a salvage, each with its reason. */

export type MissingKind =
  /** Records of the journal: `seq` to `through`. */
  | 'records'
  /** The content of a version; `stands_in` is in its place where it was the present one. */
  | 'version'
  /** A file with all of its versions. */
  | 'memory'
  /** A symbolic link or the like. */
  | 'node'
  /** Mode, owner and times. */
  | 'attributes'
  /** A content kept by a refused write. */
  | 'conflict'
  | 'branch'
  /** Retention, or what configuration the store ran under. */
  | 'setting'
  /** The bytes of an unversioned file. */
  | 'unversioned'
  /** Rows of a table of which nothing else tells: extended attributes, what sessions have read, … */
  | 'rows'
  /** Author and time are not proved by the chain. */
  | 'proof'
  /** Changes that were acknowledged last and were not yet in the database. */
  | 'writes';

export interface Missing {
  readonly kind: MissingKind;
  /** For a person. */
  readonly what: string;
  readonly why: string;
  readonly branch?: string;
  /** `/`-rooted; bytes that are not UTF-8 are shown as U+FFFD. */
  readonly path?: string;
  readonly seq?: number;
  readonly through?: number;
  /** RFC 3339. */
  readonly time?: string;
  readonly agent?: string;
  readonly session?: string;
  /** Lowercase hex. */
  readonly sha256?: string;
  readonly size?: number;
  /** The version that is there instead; null: none. */
  readonly stands_in?: number | null;
}

export class Loss {
  readonly #all: Missing[] = [];
  /** Where what its record told of a version lies, by branch and record. */
  readonly #ofVersion = new Map<string, number>();

  /** A loss that the tree tells of takes the place of the same one that a record told of. */
  add(missing: Missing): void {
    const { kind, seq, branch } = missing;
    const key = `${branch} ${seq}`;
    const before = this.#ofVersion.get(key);
    if (before !== undefined && (kind === 'version' || kind === 'memory')) {
      this.#all[before] = { ...this.#all[before], ...missing };
      // The next name of the file is another loss.
      this.#ofVersion.delete(key);
      return;
    }
    if (kind === 'version' && missing.stands_in === undefined) this.#ofVersion.set(key, this.#all.length);
    this.#all.push(missing);
  }

  get all(): readonly Missing[] {
    return this.#all;
  }

  get isNothing(): boolean {
    return this.#all.length === 0;
  }
}
