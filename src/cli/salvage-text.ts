/** The report of a salvage, so short that a person has read it in half a minute. */
import { quoted } from '../core/quoted.js';
import type { SalvageBody } from './salvage-body.js';
import { byteCount, counted, safe } from './text.js';

const shownLines = 12;
const shownDamage = 5;

export function salvageText(body: SalvageBody, next: string): string {
  const { missing, rows, verified, unnamed } = body;
  const { records: recordRows = 0, contents: contentRows = 0 } = rows;
  const lines = [
    `read ${byteCount(body.bytes)} (${counted(body.pages, 'page')}): ${counted(recordRows, 'record')}, ${counted(contentRows, 'content')}`,
    `salvaged ${counted(verified.versions, 'version')}`,
    ...damageLines(body),
    ...(missing.length === 0
      ? ['nothing is missing']
      : [`missing: ${counted(missing.length, 'thing')}`, ...missingLines(body)]),
    ...(missing.length === 0 ? [] : [provedLine(body)]),
    ...(unnamed === null
      ? []
      : [
          `${counted(unnamed.count, 'content')} that nothing names any more: on the branch "${unnamed.branch}", in /lost+found`,
        ]),
    ...(next === '' ? [] : [next]),
  ];
  return lines.join('\n');
}

function damageLines({ damage }: SalvageBody): string[] {
  if (damage.length === 0) return ['every page can be read'];
  const shown = damage
    .slice(0, shownDamage)
    .map(({ page, of, problem }) => `page ${page} (${of ?? 'unknown'}): ${problem}`);
  const more = damage.length > shownDamage ? [`and ${damage.length - shownDamage} more`] : [];
  return [`damaged: ${[...shown, ...more].join('; ')}`];
}

/** What is gone from the present first. */
const order = ['memory', 'node', 'branch', 'writes', 'records', 'version'];
const rank = (kind: string): number => (order.indexOf(kind) + order.length + 1) % (order.length + 1);

function missingLines({ missing }: SalvageBody): string[] {
  const sorted = missing.toSorted((a, b) => rank(a.kind) - rank(b.kind));
  const lines = sorted.slice(0, shownLines).map(({ what, why, branch }) => {
    const where = branch === undefined || branch === 'main' ? '' : ` (branch ${safe(branch)})`;
    return `  ${safe(what)}${where}: ${safe(why)}`;
  });
  const rest = missing.length - shownLines;
  return rest > 0 ? [...lines, `  and ${rest} more; --json names all`] : lines;
}

const provedLine = ({ proved_to: to, chain, verified }: SalvageBody): string => {
  if (to === 0) return 'nothing proves the journal to be the old one';
  if (chain === verified.chain) return `the journal is the old one up to its end, record ${to}`;
  return `the journal is the old one up to record ${to}, chain ${chain}; what follows was put together anew`;
};

export const importHint = (file: string): string =>
  `next: memfsd store import NAME --snapshot ${quoted(file)}`;
