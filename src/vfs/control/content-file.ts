import type { ContentId } from '../../journal/contents/contents.js';
import type { Workspace } from '../store/workspace.js';
import type { ControlFile, NodeAttributes, ReadRequest } from './node.js';

/** A content of the journal, which never changes; null is an empty one. */
export class ContentFile implements ControlFile {
  readonly kind = 'file';
  readonly access = 'cached';
  readonly fixed = true;
  readonly #workspace: Workspace;
  readonly #content: ContentId | null;
  readonly #attributes: Omit<NodeAttributes, 'size'>;

  constructor(workspace: Workspace, content: ContentId | null, attributes: Omit<NodeAttributes, 'size'>) {
    this.#workspace = workspace;
    this.#content = content;
    this.#attributes = attributes;
  }

  attributes(): NodeAttributes {
    const { contents } = this.#workspace;
    return { ...this.#attributes, size: this.#content === null ? 0 : contents.get(this.#content).size };
  }

  read({ offset, size }: ReadRequest): readonly Uint8Array[] {
    const { contents } = this.#workspace;
    return this.#content === null ? [] : contents.read(contents.get(this.#content), offset, size);
  }
}
