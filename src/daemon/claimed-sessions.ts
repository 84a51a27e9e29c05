/** Which sessions processes have claimed to belong to, and on which mounts. */

/** Older ones are forgotten: their processes have most likely ended. */
const capacity = 16_384;

export class ClaimedSessions {
  /** Connections by session; the session that was claimed least recently for the first time comes first. */
  readonly #connections = new Map<string, Set<number>>();

  add(session: string, connection: number): void {
    const known = this.#connections.get(session);
    if (known !== undefined) {
      known.add(connection);
      return;
    }
    if (this.#connections.size >= capacity) this.#connections.delete(this.#connections.keys().next().value!);
    this.#connections.set(session, new Set([connection]));
  }

  has(session: string, connection: number): boolean {
    return this.#connections.get(session)?.has(connection) === true;
  }
}
