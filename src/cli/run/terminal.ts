/** Tells signals of the terminal from others. */
import { readFileSync } from 'node:fs';

/** The terminal sends these to the whole group of processes that has it, COMMAND included. */
const fromKeys: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH']);

/**
 * Whether a signal that came just now came to COMMAND too, which is in the same group: then it must not hear it twice.
 * Who sent a signal is not told to Node, so one of these that was sent to this process alone with kill(1), while it has
 * the terminal, is taken for a key.
 */
export function isFromTerminal(signal: NodeJS.Signals): boolean {
  return fromKeys.has(signal) && hasTerminal(readFileSync('/proc/self/stat', 'latin1'));
}

/** proc_pid_stat(5): the fields after the name are state, ppid, pgrp, session, tty_nr, tpgid. */
export function hasTerminal(stat: string): boolean {
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return terminal !== '0' && group === foreground;
}
