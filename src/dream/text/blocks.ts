/** Reads a Markdown text as blocks with their lines: what a person would take out or change as one piece. */

export const blockKinds = ['front', 'heading', 'item', 'row', 'paragraph', 'code', 'comment'] as const;
export type BlockKind = (typeof blockKinds)[number];

export interface Block {
  readonly kind: BlockKind;
  /** The text without the marks of its kind; lines are joined with `\n`, the cells of a row with ` | `. */
  readonly text: string;
  /** The first and the last line of the block, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** The headings above it, outermost first. */
  readonly headings: readonly string[];
  /** The level of a heading, 1 to 6; the indentation of an item. */
  readonly depth: number;
  /** Whether an item has a number. */
  readonly ordered: boolean;
  /** The cells of a row. */
  readonly cells: readonly string[];
  /** The cells of the first row of its table. */
  readonly header: readonly string[];
  /** The lines at which the items above an item begin, innermost last. */
  readonly parents: readonly number[];
}

const item = /^(\s*)([-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?(.*)$/;
const atx = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const setext = /^ {0,3}(?:=+|-{2,})\s*$/;
const fence = /^\s*(```+|~~~+)/;
const row = /^\s*\|.*\|\s*$/;
const delimiter = /^[\s|:-]+$/;
const rule = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;

export function blocksOf(text: string): Block[] {
  return new BlockReader(text.split(/\r?\n/)).read();
}

type Draft = { -readonly [K in keyof Block]: Block[K] };

class BlockReader {
  readonly #lines: readonly string[];
  readonly #blocks: Draft[] = [];
  #headings: { depth: number; text: string }[] = [];
  #items: Draft[] = [];
  /** The block that the next line may still belong to. */
  #open: Draft | null = null;
  #header: readonly string[] | null = null;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): Block[] {
    let at = this.#frontMatter();
    while (at < this.#lines.length) at = this.#line(at);
    return this.#blocks;
  }

  #frontMatter(): number {
    if (this.#lines[0]?.trim() !== '---') return 0;
    const end = this.#lines.findIndex((line, at) => at > 0 && /^(?:---|\.\.\.)\s*$/.test(line));
    if (end === -1) return 0;
    for (let at = 1; at < end; at++)
      if (this.#lines[at]!.trim() !== '') this.#add('front', this.#lines[at]!.trim(), at);
    this.#open = null;
    return end + 1;
  }

  #line(at: number): number {
    const line = this.#lines[at]!;
    if (line.trim() === '') return this.#blank(at);
    const [, fenced] = fence.exec(line) ?? [];
    if (fenced !== undefined) return this.#code(at, fenced);
    if (line.trimStart().startsWith('<!--')) return this.#comment(at);
    const heading = this.#headingAt(at);
    if (heading !== null) return heading;
    if (row.test(line)) return this.#row(at, line);
    this.#header = null;
    if (rule.test(line)) {
      this.#open = null;
      return at + 1;
    }
    const [, indent, mark, text] = item.exec(line) ?? [];
    if (indent !== undefined) this.#item(at, indent.replaceAll('\t', '    ').length, mark!, text!);
    else this.#prose(at, line.replace(/^\s*>\s?/, '').trim());
    return at + 1;
  }

  #blank(at: number): number {
    this.#open = null;
    this.#header = null;
    if (!/^\s/.test(this.#lines[at + 1] ?? '') && !item.test(this.#lines[at + 1] ?? '')) this.#items = [];
    return at + 1;
  }

  #headingAt(at: number): number | null {
    const line = this.#lines[at]!;
    const [, marks, marked] = atx.exec(line) ?? [];
    const under = this.#lines[at + 1] ?? '';
    const underlined =
      this.#open === null && setext.test(under) && !item.test(line) && !row.test(line) && !rule.test(line);
    if (marked === undefined && !underlined) return null;
    const depth = marks?.length ?? (under.trim().startsWith('=') ? 1 : 2);
    const text = marked ?? line.trim();
    this.#headings = this.#headings.filter((above) => above.depth < depth);
    this.#items = [];
    const block = this.#add('heading', text, at, depth);
    if (marked === undefined) block.endLine += 1;
    this.#headings = [...this.#headings, { depth, text }];
    this.#open = null;
    return at + (marked === undefined ? 2 : 1);
  }

  #row(at: number, line: string): number {
    const cells = line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim());
    if (!delimiter.test(line)) {
      const block = this.#add('row', cells.join(' | '), at);
      block.cells = cells;
      block.header = this.#header ?? [];
      this.#header ??= cells;
    }
    this.#open = null;
    return at + 1;
  }

  #item(at: number, depth: number, mark: string, text: string): void {
    this.#items = this.#items.filter((above) => above.depth < depth);
    const block = this.#add('item', text, at, depth);
    block.ordered = /\d/.test(mark);
    block.parents = this.#items.map((above) => above.line);
    this.#items = [...this.#items, block];
  }

  #prose(at: number, text: string): void {
    const above = this.#open ?? (/^\s/.test(this.#lines[at]!) ? this.#items.at(-1) : undefined);
    if (above === undefined) this.#add('paragraph', text, at);
    else {
      above.text += `\n${text}`;
      above.endLine = at + 1;
      this.#open = above;
    }
  }

  #code(at: number, mark: string): number {
    const end = this.#lines.findIndex((line, each) => each > at && line.trim().startsWith(mark));
    const last = end === -1 ? this.#lines.length - 1 : end;
    const block = this.#add('code', this.#lines.slice(at + 1, last).join('\n'), at);
    block.endLine = last + 1;
    this.#open = null;
    return last + 1;
  }

  #comment(at: number): number {
    const end = this.#lines.findIndex((line, each) => each >= at && line.includes('-->'));
    const last = end === -1 ? at : end;
    const block = this.#add('comment', this.#lines.slice(at, last + 1).join('\n'), at);
    block.endLine = last + 1;
    this.#open = null;
    return last + 1;
  }

  #add(kind: BlockKind, text: string, at: number, depth = 0): Draft {
    const headings = this.#headings.map((above) => above.text);
    const block: Draft = {
      ...{ kind, text, line: at + 1, endLine: at + 1, headings, depth },
      ...{ ordered: false, cells: [], header: [], parents: [] },
    };
    this.#blocks.push(block);
    this.#open = block;
    return block;
  }
}
