/** An event of a transcript, for a person. */
import type { TranscriptEvent } from '../sessions/event.js';
import { safe } from './text.js';

/** Of a longer text the rest is left to `--json`, in characters. */
const shown = 2_000;

/** Empty for what only keeps its place in the chain. */
export function eventText(event: TranscriptEvent): string {
  if (event.text === '' && event.kind === 'system') return '';
  const marks = [event.is_error ? 'failed' : '', event.sidechain ? 'sidechain' : '']
    .filter(Boolean)
    .join(', ');
  const head = [event.time ?? '-', nameOf(event), marks === '' ? '' : `(${marks})`].join('  ').trimEnd();
  const hidden = event.text.length - shown + event.cut;
  const tail = hidden > 0 ? `\n    … ${hidden} characters more` : '';
  const lines = event.text
    .slice(0, shown)
    .split('\n')
    .map((line) => `    ${safe(line)}`);
  return `${head}\n${lines.join('\n')}${tail}\n`;
}

function nameOf({ kind, tool_name, subagent }: TranscriptEvent): string {
  const name = kind === 'tool_call' ? `tool ${safe(tool_name ?? '?')}` : kind.replace('_', ' ');
  return subagent === null ? name : `${name} of ${safe(subagent)}`;
}
