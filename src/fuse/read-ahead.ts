import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { memfsdType } from '../core/mountinfo.js';
import { listMounts } from './mountinfo.js';

/** As `max_write` in INIT. */
const readAheadKib = 1024;

/**
 * The kernel reads ahead 128 KiB of a FUSE file, whatever INIT agrees on (mm/backing-dev.c, VM_READAHEAD_PAGES); a
 * request each costs more than the bytes. With as much as one READ can carry, a cold sequential read is 2 to 4 times
 * as fast. For root only, and not where sysfs is read-only, as in most containers. Call it after INIT was answered,
 * which sets the figure back.
 */
export function raiseReadAhead(source: string): void {
  try {
    const minor = minorOf(source);
    const setting = openSync(`/sys/class/bdi/0:${minor}/read_ahead_kb`, constants.O_WRONLY);
    try {
      // What was opened stays the device that it was, and it was ours if the number still is.
      if (minorOf(source) === minor) writeSync(setting, String(readAheadKib));
    } finally {
      closeSync(setting);
    }
  } catch {
    // The kernel's own figure holds.
  }
}

const minorOf = (source: string): number | undefined =>
  listMounts().find((mount) => mount.source === source && mount.type === memfsdType)?.minor;
