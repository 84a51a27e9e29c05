/** Tells of files with the names of transcripts that are there, come or change below a directory. */
import { watch } from 'chokidar';
import type { MountInfo } from '../core/mountinfo.js';
import { isOnMount, isTranscriptName } from './transcript-files.js';

/** The table of mounts is read again after so long, in ms. */
const trusted = 1_000;

export interface WatchListener {
  changed(path: string): void;
  /** Something cannot be watched; the rest still is. */
  failed(error: Error): void;
}

/** Mounts of memfsd below the directory are not entered, also those that are made later. */
export function watchTranscripts(
  directory: string,
  readMounts: () => readonly MountInfo[],
  listener: WatchListener,
): { close(): Promise<void> } {
  let [mounts, read] = [readMounts(), performance.now()];
  const isMemory = (path: string): boolean => {
    if (performance.now() - read > trusted) [mounts, read] = [readMounts(), performance.now()];
    return isOnMount(path, mounts);
  };
  const watcher = watch(directory, {
    followSymlinks: false,
    ignorePermissionErrors: true,
    ignored: (path, stats) => isMemory(path) || (stats?.isFile() === true && !isTranscriptName(path)),
  });
  watcher.on('add', (path) => listener.changed(path));
  watcher.on('change', (path) => listener.changed(path));
  watcher.on('error', (error) => listener.failed(error as Error));
  return watcher;
}
