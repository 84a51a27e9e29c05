/** A line that is written over again and again, on a terminal; nothing elsewhere. */

const atMostEvery = 100;

export class Progress {
  readonly #stream: (NodeJS.WritableStream & { readonly isTTY?: boolean }) | null;
  #shown = 0;
  #dirty = false;

  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }, wanted: boolean) {
    this.#stream = wanted && stream.isTTY ? stream : null;
  }

  show(text: () => string): void {
    const now = performance.now();
    if (this.#stream === null || now - this.#shown < atMostEvery) return;
    this.#shown = now;
    this.#dirty = true;
    this.#stream.write(`\r\x1b[K${text()}`);
  }

  clear(): void {
    if (this.#dirty) this.#stream?.write('\r\x1b[K');
    this.#dirty = false;
  }
}

export function bar(done: number, total: number): string {
  const width = 30;
  const filled = total === 0 ? width : Math.round((width * Math.min(done, total)) / total);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done}/${total}`;
}
