/** Chooses path and form of a new note, so that it looks like the notes that the store has. */
import type { ProposedEdit } from '../edit.js';
import type { DreamInput } from '../input.js';

export interface NoteKind {
  /** Names that stores give to a folder of such notes. */
  readonly folders: RegExp;
  /** The name of the folder where there is none. */
  readonly folder: string;
}

/** In characters, without folder and suffix. */
const longestName = 60;

export class NotePlaces {
  readonly #taken: Set<string>;
  readonly #paths: readonly string[];
  readonly #withFrontMatter: boolean;
  readonly #date: string;

  constructor({ memories, now }: DreamInput, earlier: readonly ProposedEdit[]) {
    this.#paths = memories.map(({ path }) => path);
    const changes = earlier.flatMap((edit) => edit.changes);
    this.#taken = new Set([
      ...this.#paths,
      ...changes.map((change) => ('to' in change ? change.to : change.path)),
    ]);
    const texts = memories.filter(({ text }) => /^---\n(?:.*\n)*?---\n/.test(text));
    this.#withFrontMatter = texts.length > memories.length * 0.6;
    this.#date = now.slice(0, 10);
  }

  /** Returns a path that is free. */
  pathFor(title: string, { folders, folder }: NoteKind): string {
    const parent = this.#folderNamed(folders) ?? `${this.#root()}${folder}/`;
    const siblings = this.#paths.filter((path) => path.startsWith(parent));
    const like = siblings.length > 0 ? siblings : this.#paths;
    const dated = like.filter((path) => /\/\d{4}-\d\d-\d\d-[^/]*$/.test(path)).length > like.length * 0.6;
    const name = (dated ? `${this.#date}-` : '') + slugOf(title);
    let path = `${parent}${name}.md`;
    for (let n = 2; this.#taken.has(path); n++) path = `${parent}${name}-${n}.md`;
    this.#taken.add(path);
    return path;
  }

  /** Returns the text of a memory, with front matter where most others have that. */
  text(title: string, body: string): string {
    const front = this.#withFrontMatter
      ? `---\ntitle: ${JSON.stringify(title)}\ndate: ${this.#date}\n---\n`
      : '';
    return `${front}# ${title}\n\n${body.trim()}\n`;
  }

  #folderNamed(folders: RegExp): string | undefined {
    const parents = this.#paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1));
    return parents.find((parent) => folders.test(parent.split('/').at(-2) ?? ''));
  }

  /** The folder that all memories lie in. */
  #root(): string {
    const [first = '/'] = this.#paths;
    let end = first.lastIndexOf('/') + 1;
    for (const path of this.#paths)
      while (!path.startsWith(first.slice(0, end))) end = first.lastIndexOf('/', end - 2) + 1;
    return this.#paths.length < 2 ? '/' : first.slice(0, end);
  }
}

export const slugOf = (title: string): string =>
  title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .replace(new RegExp(`^(.{1,${longestName}})(?:-.*)?$`), '$1') || 'note';
