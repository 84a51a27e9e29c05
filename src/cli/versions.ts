/** A daemon goes on as it was when memfsd is upgraded under it: what a command of another version says of that. */
import { version } from './daemon.js';

export interface DaemonVersions {
  readonly engine: string;
  /** The keeper's process and version. `version` null: of a release before keepers told theirs. */
  readonly keeper: { readonly pid: number; readonly version: string | null };
}

export interface VersionNote {
  readonly text: string;
  /** A command. */
  readonly next: string;
}

/** Null: all are of one version. */
export function versionNote({ engine, keeper }: DaemonVersions, own: string = version): VersionNote | null {
  if (keeper.version === null)
    return {
      text: `the daemon is of an earlier release (version ${engine}), this command of version ${own}`,
      next: `kill ${keeper.pid}, then memfsd start; its mounts come back`,
    };
  if (engine === own && keeper.version === own) return null;
  const daemon =
    engine === keeper.version
      ? `the daemon is of version ${engine}`
      : `of the daemon the keeper is of version ${keeper.version} and the engine of version ${engine}`;
  return { text: `${daemon}, this command of version ${own}`, next: 'memfsd restart' };
}
