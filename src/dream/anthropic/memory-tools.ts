/** Tools that show the store as the proposed edits leave it. */
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import type { Draft } from './draft.js';
import { maskText } from './outgoing.js';
import type { Source } from './source.js';
import { type Tool, tool } from './tool.js';
import { linesWith, oneLine, page, queryWords } from './tool-text.js';

export const memoryTools = (source: Source, draft: Draft): readonly Tool[] => [
  tool({
    name: 'list_memories',
    description:
      'Lists the memories of the store as your edits leave it, sorted by path: path, size, number of lines, when it ' +
      'was last changed, and which of your edits touch it. Long lists come in pages: call again with `after`.',
    input: z.strictObject({
      after: z.string().optional().describe('Go on behind this path; leave out for the beginning.'),
      prefix: z.string().optional().describe('Only paths that begin so, e.g. "/runbooks/".'),
    }),
    run: ({ after = '', prefix = '' }) => {
      const paths = draft.paths.filter((path) => path > after && path.startsWith(prefix));
      if (paths.length === 0) return 'No (more) memories.';
      const lines = paths.map((path) => line(path, source, draft));
      return page(lines, (count) => `[more: call again with after="${paths[count - 1]}"]`);
    },
  }),
  tool({
    name: 'read_memory',
    description:
      'Reads a memory as your edits leave it. Each line comes as "NUMBER| TEXT"; the number and "| " are not part of ' +
      'the text. The heading names the version that the dream began with. Long ones come in pages: call again with ' +
      '`from_line`. `[masked:…]` stands for a secret that is not shown to you.',
    input: z.strictObject({
      path: z.string().describe('As list_memories shows it, with its leading "/".'),
      from_line: z.int().min(1).optional().describe('Default 1.'),
    }),
    run: ({ path, from_line = 1 }) => {
      const text = draft.text(path);
      if (text === undefined)
        throw new MemfsError('not_found', `there is no memory ${path}`, { hint: 'list_memories names them' });
      const lines = maskText(text).split('\n');
      if (lines.at(-1) === '') lines.pop();
      if (from_line > Math.max(1, lines.length))
        throw new MemfsError('invalid', `${path} has ${lines.length} lines`);
      const numbered = lines.slice(from_line - 1).map((each, at) => `${from_line + at}| ${each}`);
      const more = (count: number): string => `[more: call again with from_line=${from_line + count}]`;
      return `${heading(path, lines.length, source, draft)}\n${page(numbered, more)}`;
    },
  }),
  tool({
    name: 'search_memories',
    description:
      'Finds the lines of memories, as your edits leave them, that hold all words of the query, whatever their case. ' +
      'A way to find entries that say the same, or the opposite, in other places.',
    input: z.strictObject({
      query: z.string().describe('Words, separated by spaces. Few are better than many.'),
      skip: z.int().min(0).optional().describe('Leave out so many hits: for the next page.'),
    }),
    run: ({ query, skip = 0 }) => {
      const words = queryWords(query);
      const hits: string[] = [];
      for (const path of draft.paths)
        for (const hit of linesWith(draft.text(path)!, words))
          hits.push(`${oneLine(path)}:${hit.line}| ${hit.text}`);
      if (hits.length <= skip) return 'No (more) lines hold all of these words.';
      return page(hits.slice(skip), (count) => `[more: call again with skip=${skip + count}]`);
    },
  }),
];

function line(path: string, source: Source, draft: Draft): string {
  const text = draft.text(path)!;
  const edits = draft.touching(path);
  return [
    oneLine(path),
    `${Buffer.byteLength(text)} bytes`,
    `${text.split('\n').length - (text.endsWith('\n') ? 1 : 0)} lines`,
    source.memory(path) === undefined ? 'new' : `changed ${source.memory(path)!.time}`,
    ...(edits.length === 0 ? [] : [`edits ${edits.join(', ')}`]),
  ].join(' · ');
}

function heading(path: string, lines: number, source: Source, draft: Draft): string {
  const memory = source.memory(path);
  const edits = draft.touching(path);
  const began =
    memory === undefined
      ? 'new in this dream'
      : `version ${memory.version} by ${oneLine(memory.agent)}, ${memory.time}`;
  return `${oneLine(path)} · ${lines} lines · ${began}${edits.length === 0 ? '' : ` · changed by edits ${edits.join(', ')}`}`;
}
