/** Reads memories as texts from a store or a branch of it. */
import { isUtf8 } from 'node:buffer';
import { asMemfsError } from '../../core/errors.js';
import type { LogRecord } from '../../core/records.js';
import type { VersionContent, VersionSelector } from '../../core/versions.js';
import type { StoreView } from '../../vfs/store.js';

export interface TextVersion {
  readonly text: string;
  readonly record: LogRecord;
}

/** Null when there is no memory at the path, or none that can be read as text. */
export function textVersion(view: StoreView, path: string, version?: VersionSelector): TextVersion | null {
  let content: VersionContent;
  try {
    content = view.show(path, version);
  } catch (thrown) {
    const { code } = asMemfsError(thrown);
    if (['not_found', 'gone', 'is_a_directory', 'not_a_directory', 'invalid'].includes(code)) return null;
    throw thrown;
  }
  const bytes = Buffer.concat([...content.chunks]);
  return isUtf8(bytes) ? { text: bytes.toString(), record: content.record } : null;
}

export const textOf = (view: StoreView, path: string, version?: VersionSelector): string | null =>
  textVersion(view, path, version)?.text ?? null;

/** Whether nothing is at the path: neither a memory, of text or not, nor a directory, nor a link. */
export function isFree(view: StoreView, path: string): boolean {
  try {
    view.show(path);
    return false;
  } catch (thrown) {
    const { code } = asMemfsError(thrown);
    if (code === 'not_found' || code === 'not_a_directory') return true;
    if (code === 'is_a_directory' || code === 'invalid' || code === 'gone') return false;
    throw thrown;
  }
}
