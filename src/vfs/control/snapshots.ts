/**
 * What a file said when a handle read it first, so that a text that is read in parts is one text. A cache: what the
 * death of the process takes away is made again.
 */
export class Snapshots {
  readonly #texts = new Map<number, unknown>();

  of<T>(handle: number, make: () => T): T {
    const known = this.#texts.get(handle) as T | undefined;
    if (known !== undefined) return known;
    const made = make();
    this.#texts.set(handle, made);
    return made;
  }

  release(handle: number): void {
    this.#texts.delete(handle);
  }
}
