/** Writes a step down for any case: what differed between sessions becomes a placeholder. */

export class Placeholders {
  /** The names of placeholders by the values in all sessions. */
  readonly #names = new Map<string, string>();

  /** `calls`: the words of the same step in each session. */
  step(calls: readonly (readonly string[])[]): string {
    const [first = []] = calls;
    if (calls.some((call) => call.length !== first.length)) return this.#shared(calls);
    return first
      .map((_, i) =>
        this.#word(
          calls.map((call) => call[i]!),
          first[i - 1],
        ),
      )
      .join(' ');
  }

  get used(): readonly string[] {
    return [...new Set(this.#names.values())];
  }

  #word(values: readonly string[], before: string | undefined): string {
    const [first = ''] = values;
    if (values.every((value) => value === first)) return first;
    const start = commonStart(values);
    const end = commonStart(values.map((value) => [...value.slice(start.length)].reverse().join(''))).length;
    const parts = values.map((value) => value.slice(start.length, value.length - end));
    const hint =
      /(\w[\w-]*)=$/.exec(start)?.[1] ?? (/^--?([A-Za-z][\w-]+)$/.exec(before ?? '')?.[1] || 'value');
    return start + this.#name(parts, hint) + first.slice(first.length - end);
  }

  #name(values: readonly string[], hint: string): string {
    const key = values.join('\n');
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const taken = new Set(this.#names.values());
    let name = `<${hint.toLowerCase()}>`;
    for (let n = 2; taken.has(name); n++) name = `<${hint.toLowerCase()}-${n}>`;
    this.#names.set(key, name);
    return name;
  }

  /** The words that all calls have, where not even the number of words is the same. */
  #shared(calls: readonly (readonly string[])[]): string {
    const [first = [], ...others] = calls;
    const words = first.filter((word) => others.every((call) => call.includes(word)));
    return `${words.join(' ')} …`;
  }
}

/** The common beginning, up to the last sign that divides words. */
function commonStart(values: readonly string[]): string {
  const [first = ''] = values;
  let length = 0;
  while (length < first.length && values.every((value) => value[length] === first[length])) length += 1;
  return first.slice(0, length).replace(/[^/=:,]*$/, '');
}
