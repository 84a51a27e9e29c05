/**
 * The file by which a connection is ended, opened when it is made: it belongs to this connection for ever, where the
 * number by which it is found belongs to another one as soon as this one is gone.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { findMount, listMounts, type MountIdentity } from './mountinfo.js';
import { native } from './native.js';

const connections = '/sys/fs/fuse/connections';

/** Null where fusectl is neither mounted nor to be had (containers, for others than root). */
export function openControl(identity: MountIdentity): number | null {
  const minor = minorOf(identity);
  const control = open(connections, minor) ?? openElsewhere(minor);
  if (control === null) return null;
  // Opened first, then seen to be ours: so it has been ours when it was opened.
  if (minor === minorOf(identity)) return control;
  closeSync(control);
  return null;
}

const minorOf = (identity: MountIdentity): number | undefined => findMount(identity, listMounts())?.minor;

function open(directory: string, minor: number | undefined): number | null {
  try {
    return openSync(`${directory}/${minor}/abort`, constants.O_WRONLY);
  } catch {
    return null;
  }
}

function openElsewhere(minor: number | undefined): number | null {
  let directory: number;
  try {
    directory = native().openConnections();
  } catch {
    return null;
  }
  try {
    return open(`/proc/self/fd/${directory}`, minor);
  } finally {
    closeSync(directory);
  }
}

/** Every call under way fails with ECONNABORTED, later ones with ENOTCONN. Does nothing when it is gone already. */
export function abortConnection(control: number): void {
  writeSync(control, '1');
}
