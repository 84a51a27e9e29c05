import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The one line of the first code block under a heading of README.md. */
export function readmeCommand(heading: string): string {
  const text = readFileSync(join(repository, 'README.md'), 'utf8');
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  const [, block = ''] = /^```sh\n(.*?)^```$/ms.exec(section ?? '') ?? [];
  const lines = block.split('\n').filter((line) => line !== '');
  if (lines.length !== 1)
    throw new Error(`README.md: "${heading}" must begin with one command, not ${lines.length}`);
  return lines[0]!;
}
