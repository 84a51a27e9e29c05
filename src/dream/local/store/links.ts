/** Mends links between memories: none may point to what is gone. */
import type { Change } from '../../edit.js';
import type { MemoryText } from '../claims/memory-text.js';

const link = /\[(?<text>[^\]]*)\]\((?<target>[^)\s#]+)(?<anchor>#[^)\s]*)?(?:\s+"[^"]*")?\)/g;

/**
 * `gone`: removed paths, each with the one that says it now (null: none). An entry of a list that is nothing
 * but the link goes too.
 */
export function redirected(texts: Iterable<MemoryText>, gone: ReadonlyMap<string, string | null>): Change[] {
  const changes: Change[] = [];
  for (const { path, lines } of texts) {
    if (gone.has(path) || !lines.some((line) => line.includes(']('))) continue;
    const known = new Set([...lines.join('\n').matchAll(link)].map(({ groups }) => targetOf(path, groups!)));
    lines.forEach((line, at) => {
      const now = changed(line, path, gone, known);
      if (now === line) return;
      const last = at === lines.length - 1;
      const old = now === '' && !last ? `${line}\n` : line;
      changes.push({ op: 'replace', path, old, new: now, line: at + 1 });
    });
  }
  return changes;
}

function changed(
  line: string,
  path: string,
  gone: ReadonlyMap<string, string | null>,
  known: ReadonlySet<string>,
): string {
  if (!line.includes('](')) return line;
  const links = [...line.matchAll(link)];
  const dead = links.filter(({ groups }) => gone.has(targetOf(path, groups!)));
  if (dead.length === 0) return line;
  const entry = links.length === 1 && /^\s*(?:[-*+]|\d+[.)])\s+\[/.test(line);
  const next = gone.get(targetOf(path, dead[0]!.groups!))!;
  if (entry && (next === null || known.has(next))) return '';
  return line.replace(link, (whole: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string>;
    const to = gone.get(targetOf(path, groups));
    if (to === undefined) return whole;
    const { text, target } = groups as { text: string; target: string };
    return to === null ? text : `[${text}](${writtenAs(target, path, to)})`;
  });
}

/** The target of a link as a path of the store. */
function targetOf(from: string, { target: written }: Readonly<Record<string, string>>): string {
  const target = decoded(written!);
  return target.startsWith('/')
    ? normal(target)
    : normal(`${from.slice(0, from.lastIndexOf('/'))}/${target}`);
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return `/${parts.join('/')}`;
}

function writtenAs(target: string, from: string, to: string): string {
  if (target.startsWith('/')) return encodeURI(to);
  const here = from.split('/').slice(1, -1);
  const there = to.split('/').slice(1);
  let same = 0;
  while (same < here.length && same < there.length - 1 && here[same] === there[same]) same += 1;
  return encodeURI([...here.slice(same).map(() => '..'), ...there.slice(same)].join('/'));
}
