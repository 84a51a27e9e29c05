/** The words that every layer shares. */

/** Who acts: recorded with every change. */
export interface Actor {
  readonly agent: string;
  /** `sesn_…` */
  readonly session: string;
}

/** What a journal record says happened. */
export type Operation =
  | 'created'
  | 'modified'
  | 'deleted'
  | 'renamed'
  | 'mkdir'
  | 'rmdir'
  | 'symlink'
  | 'link'
  | 'unlink'
  | 'mknod'
  | 'attributes'
  /** Two names changed places: `path` and `previous_path`. */
  | 'exchanged';
