/** Signals that end a command, and what it clears away before they do. */
import { constants } from 'node:os';
import type { Surroundings } from './context.js';

/** The exit status of a command that a signal has ended, as shells give it. */
export const statusAfter = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/** Clears away what is half made when a signal ends the command; until it is released. */
export function clearWhenInterrupted({ onInterrupt }: Surroundings, clear: () => void): () => void {
  const release = onInterrupt?.((signal) => {
    clear();
    process.exit(statusAfter(signal));
  });
  return release ?? (() => {});
}
