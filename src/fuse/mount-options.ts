export interface MountOptions {
  /** Shown as the device in mountinfo, and never that of another mount; no comma, as it is an option of the helper. */
  readonly source: string;
  readonly allowOther: boolean;
  /** The kernel refuses changes too, and keeps cached access times. */
  readonly readOnly?: boolean;
  /** For conformance tests, root only: set-user-id files and device nodes work. */
  readonly suidDev?: boolean;
  /** By its source: a mount that is at the place already, and that nobody serves any more. */
  readonly isLeftOver?: (source: string) => boolean;
}
