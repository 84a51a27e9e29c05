/** Steps that undo what was set up, last first, each tried even when another failed. */
export class Cleanup {
  #steps = [];
  #running;

  defer(what, step) {
    this.#steps.push({ what, step });
  }

  /** Safe to call from the normal end and from a signal at once: both wait for the same run. */
  run() {
    this.#running ??= this.#unwind();
    return this.#running;
  }

  async #unwind() {
    for (const { what, step } of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`bench: could not ${what}: ${error.message}\n`);
      }
    }
  }
}
