/** Processes of a session, for a person. */
import type { LiveSession } from '../api/endpoints/sessions.js';
import { safe } from './text.js';

const shownProcesses = 5;

export function processesText(
  processes: readonly Pick<LiveSession['processes'][number], 'pid' | 'command'>[],
): string {
  if (processes.length === 0) return 'no process';
  const shown = processes.slice(0, shownProcesses).map(({ pid, command }) => `${safe(command)} ${pid}`);
  const rest = processes.length - shown.length;
  return `${shown.join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`;
}
