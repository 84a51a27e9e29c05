/** Contents that went for good. */
import type { LogRecord } from './records.js';

export interface Redaction {
  /** What the journal says of it: a record for each content. `removes` counts the versions that are covered. */
  readonly records: readonly LogRecord[];
  /** Refused writes that kept one of the contents, as what they were made from, wanted or met. */
  readonly conflicts: number;
  /** Versions that were stored together with the redacted ones, with how many of their bytes they still have. */
  readonly stillIn: readonly { readonly record: LogRecord; readonly bytes: number }[];
}

/** What the retention policy takes away, or would take. */
export interface Pruning {
  readonly versions: number;
  readonly contents: number;
  /** Of the contents, each in full, whatever they share. */
  readonly bytes: number;
}
