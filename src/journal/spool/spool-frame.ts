/** A mutation as the spool holds it, in whatever form of file. */
export interface SpoolFrame {
  readonly header: unknown;
  readonly payload: Buffer;
}
