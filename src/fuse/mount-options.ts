export interface MountOptions {
  /** Shown as the device in mountinfo; no comma, as it is an option of the helper. */
  readonly source: string;
  readonly allowOther: boolean;
  /** The kernel refuses changes too, and keeps cached access times. */
  readonly readOnly?: boolean;
  /** For conformance tests, root only: set-user-id files and device nodes work. */
  readonly suidDev?: boolean;
}
