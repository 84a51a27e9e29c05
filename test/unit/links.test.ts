/** Every link within the repository leads somewhere: to a file, and to a heading of it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../mount/support/readme.js';
import { documents, read, withoutBlocks } from './documents.js';

/** The anchors that GitHub gives the headings of a text. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutBlocks(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let free = anchor;
    for (let i = 1; anchors.has(free); i++) free = `${anchor}-${i}`;
    anchors.add(free);
  }
  return anchors;
}

/** Links of a document that lead nowhere. */
function broken(document: string, text: string): string[] {
  const prose = withoutBlocks(text).replace(/`[^`\n]+`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path, anchor] = link.split('#') as [string, string?];
    const target = path === '' ? document : normalize(join(dirname(document), path));
    if (target.startsWith('..') || !existsSync(join(repository, target))) return true;
    if (anchor === undefined) return false;
    const there = target === document ? text : readFileSync(join(repository, target), 'utf8');
    return !anchorsOf(there).has(anchor);
  });
}

describe.each(documents)('%s', (document) => {
  it('has no broken links', () => {
    expect(broken(document, read(document))).toEqual([]);
  });
});

it('notices links that lead nowhere', () => {
  const text = [
    '# Whose a change is?',
    '## A `b` c',
    '## A `b` c',
    '[a](#whose-a-change-is) [b](#a-b-c-1) [c](#a-b-c-2) [d](../README.md#limits) [e](../README.md#no-such)',
    '[f](absent.md) [g](../../outside.md) [h](https://example.com/#x) `[i](absent.md)`',
    '```\n[j](absent.md)\n```',
  ].join('\n');
  expect(broken('docs/dreams.md', text)).toEqual([
    '#a-b-c-2',
    '../README.md#no-such',
    'absent.md',
    '../../outside.md',
  ]);
});

it('lists every decision', () => {
  const decisions = documents.filter((path) => /^docs\/decisions\/\d{4}-/.test(path));
  const list = read('docs/decisions/README.md');
  for (const path of decisions) {
    const [, number, title] = /^# (\d{4}): (.+)$/m.exec(read(path))!;
    const name = path.replace('docs/decisions/', '');
    expect(name.slice(0, 4)).toBe(number);
    expect(list).toContain(`| ${number}   | [${title}](${name})`);
  }
  expect(new Set(decisions.map((path) => path.slice(15, 19))).size).toBe(decisions.length);
});
