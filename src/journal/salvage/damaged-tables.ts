/**
 * The rows of a database that SQLite may refuse. Its trees say which page is of which table, as far as they can be
 * followed; a page that they do not lead to is known by the shape of its rows. `secure_delete` has made zeros of what was
 * deleted, so a page with rows is one of the present.
 */
import type { PageFile } from './page-file.js';
import { fits, recognised, type StoreSchema, type TableShape } from './table-shapes.js';
import {
  type Cell,
  isEmpty,
  kindOf,
  type PageKind,
  type Payload,
  readRow,
  readTreePage,
  type Value,
} from './tree-pages.js';

export interface PageDamage {
  readonly page: number;
  /** The table or index; null: nothing says of which. */
  readonly of: string | null;
  readonly problem: string;
}

export interface FoundRow {
  readonly table: TableShape;
  readonly rowid: number | null;
  readonly values: Value[];
  readonly page: number;
}

interface Tree {
  readonly name: string;
  /** Null: an index, or a table that is not ours. */
  readonly table: TableShape | null;
  readonly root: number;
  readonly isIndexTree: boolean;
}

/** More than any chain of ours has: a segment is 256 KiB. */
const longestPayload = 1 << 24;
/** An overflow page is of one cell, which is read a few times. A chain that is a ring, or that of many cells, comes here more often. */
const mostVisits = 16;

export class DamagedTables {
  readonly damage: PageDamage[] = [];
  /** The schema that it was written under. */
  readonly schema: StoreSchema;
  readonly #file: PageFile;
  readonly #trees: Tree[] = [];
  /** The tree of each page, counted from 1; 0: none leads to it. */
  readonly #owner: Uint16Array;
  /** How often each page was read as one of an overflow chain. */
  readonly #visits: Uint8Array;

  constructor(file: PageFile, schemas: readonly StoreSchema[]) {
    this.#file = file;
    this.#owner = new Uint16Array(file.pages + 1);
    this.#visits = new Uint8Array(file.pages + 1);
    if (file.readTo !== null)
      this.#note(file.readTo, null, 'the file is nearly all holes; what lies behind was not read');
    const rows = this.#readSchema();
    this.schema = chooseSchema(schemas, rows, file.read(1));
    for (const row of rows) this.#addTree(row);
    for (const [index, tree] of this.#trees.entries()) if (index > 0) this.#walk(tree, index + 1);
  }

  /** First what the trees lead to, then the rest. */
  *rows(onPage: (done: number) => void): Generator<FoundRow> {
    let done = 0;
    for (const isLed of [true, false])
      for (let page = 1; page <= this.#file.pages; page++) {
        const tree = this.#trees[this.#owner[page]! - 1];
        if ((tree !== undefined) !== isLed) continue;
        onPage(++done);
        if (page === 1 && tree === undefined) continue;
        yield* tree === undefined ? this.#rowsOfUnknown(page) : this.#rowsOf(tree, page);
      }
  }

  /** Rows of an index: the columns that it covers, then the rowid. */
  *indexRows(name: string): Generator<readonly Value[]> {
    const at = this.#trees.findIndex((tree) => tree.name === name && tree.table === null);
    if (at < 0) return;
    for (let page = 1; page <= this.#file.pages; page++) {
      if (this.#owner[page] !== at + 1) continue;
      const bytes = this.#file.read(page);
      const kind = bytes === null ? undefined : kindOf(bytes, page);
      if (kind !== 'indexLeaf' && kind !== 'indexInterior') continue;
      for (const { payload } of readTreePage(bytes!, page, kind).cells) {
        const values = this.#rowIn(payload!);
        if (values !== null) yield values;
      }
    }
  }

  #note(page: number, of: string | null, problem: string): void {
    this.damage.push({ page, of, problem });
  }

  #readSchema(): Value[][] {
    const schema = { name: 'sqlite_schema', table: null, root: 1, isIndexTree: false };
    this.#trees.push(schema);
    this.#walk(schema, 1);
    const rows: Value[][] = [];
    for (let page = 1; page <= this.#file.pages; page++) {
      if (this.#owner[page] !== 1) continue;
      for (const { values } of this.#cellsOf(schema, page)) rows.push(values);
    }
    return rows;
  }

  #addTree([type, name, , root]: readonly Value[]): void {
    if (typeof name !== 'string' || typeof root !== 'number' || root < 2 || root > this.#file.pages) return;
    const table = type === 'table' ? this.schema.shapes.find((shape) => shape.name === name) : undefined;
    const isIndexTree = type === 'index' || table?.isIndexTree === true;
    if (type === 'index' || type === 'table')
      this.#trees.push({ name, root, table: table ?? null, isIndexTree });
  }

  #walk(tree: Tree, number: number): void {
    const waiting = [{ page: tree.root, from: 0 }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { page, from } = next;
      if (page < 1 || page > this.#file.pages) {
        this.#note(from, tree.name, `it leads to page ${page}, which is not there`);
        continue;
      }
      const owner = this.#owner[page]!;
      if (owner !== 0) {
        if (owner !== number || from !== 0)
          this.#note(from, tree.name, `it leads to page ${page} of another`);
        continue;
      }
      this.#owner[page] = number;
      const bytes = this.#file.read(page);
      const kind = bytes === null ? undefined : kindOf(bytes, page);
      if (bytes === null || kind !== (tree.isIndexTree ? 'indexInterior' : 'tableInterior')) continue;
      const { cells, right } = readTreePage(bytes, page, kind);
      for (const { child } of cells) waiting.push({ page: child!, from: page });
      waiting.push({ page: right!, from: page });
    }
  }

  *#rowsOf(tree: Tree, page: number): Generator<FoundRow> {
    const { table, name, isIndexTree } = tree;
    for (const { cell, values } of this.#cellsOf(tree, page)) {
      if (table === null) continue;
      if (fits(table, values)) {
        yield { table, rowid: cell.rowid, values, page };
        continue;
      }
      const other = recognised(this.schema.shapes, isIndexTree, values);
      this.#note(page, name, other === undefined ? 'a row that cannot be one' : `a row of ${other.name}`);
      if (other !== undefined) yield { table: other, rowid: cell.rowid, values, page };
    }
  }

  /** The rows of a page; of an index only whether it is sound. */
  *#cellsOf(tree: Tree, page: number): Generator<{ readonly cell: Cell; readonly values: Value[] }> {
    const bytes = this.#file.read(page);
    if (bytes === null || isEmpty(bytes)) {
      this.#note(page, tree.name, bytes === null ? 'it is beyond the end' : 'nothing but zeros');
      return;
    }
    const leaf: PageKind = tree.isIndexTree ? 'indexLeaf' : 'tableLeaf';
    const interior: PageKind = tree.isIndexTree ? 'indexInterior' : 'tableInterior';
    const said = kindOf(bytes, page);
    const kind = said === leaf || said === interior ? said : leaf;
    if (kind !== said) this.#note(page, tree.name, `no page of this kind (${bytes[page === 1 ? 100 : 0]})`);
    const { cells, problem } = readTreePage(bytes, page, kind);
    if (problem !== null) this.#note(page, tree.name, problem);
    const isRead = tree.table !== null || tree.root === 1;
    if (!isRead || kind === 'tableInterior') return;
    for (const cell of cells) {
      const values = this.#rowIn(cell.payload!);
      if (values === null) this.#note(page, tree.name, 'a row that cannot be read');
      else yield { cell, values };
    }
  }

  *#rowsOfUnknown(page: number): Generator<FoundRow> {
    const bytes = this.#file.read(page);
    // Overflow pages and free ones begin with the number of the next one; ours never reach 2^24.
    if (bytes === null || bytes[0] === 0) return;
    const said = kindOf(bytes, page);
    const kinds: PageKind[] = said === undefined ? ['tableLeaf', 'indexLeaf'] : [said];
    for (const kind of kinds) {
      if (kind === 'tableInterior') continue;
      const { cells } = readTreePage(bytes, page, kind);
      let found: string | null = null;
      for (const { rowid, payload } of cells) {
        const values = this.#rowIn(payload!);
        const table =
          values === null ? undefined : recognised(this.schema.shapes, kind !== 'tableLeaf', values);
        if (table === undefined) continue;
        found = table.name;
        yield { table, rowid, values: values!, page };
      }
      if (found !== null) this.#note(page, found, 'nothing leads to it');
    }
  }

  #rowIn(payload: Payload): Value[] | null {
    const bytes = this.#assemble(payload);
    return bytes === null ? null : readRow(bytes);
  }

  #assemble({ bytes, local, overflow }: Payload): Buffer | null {
    if (overflow === null) return local;
    if (bytes > longestPayload) return null;
    const parts = [local];
    let missing = bytes - local.length;
    for (let page = overflow; missing > 0; ) {
      if (this.#owner[page] !== 0 || this.#visits[page]! >= mostVisits) return null;
      this.#visits[page]!++;
      const next = this.#file.read(page);
      if (next === null) return null;
      const part = next.subarray(4, 4 + missing);
      parts.push(part);
      missing -= part.length;
      page = next.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }
}

const userVersionAt = 60;

/** By what it says how its tables are made; where that says nothing, by its number. */
function chooseSchema(
  schemas: readonly StoreSchema[],
  rows: readonly (readonly Value[])[],
  firstPage: Buffer | null,
): StoreSchema {
  const said = firstPage?.readUInt32BE(userVersionAt);
  const score = ({ version, sql }: StoreSchema): number => {
    const same = rows.filter(
      ([, name, , , text]) => sql.has(name as string) && sql.get(name as string) === text,
    );
    return same.length + (version === said ? 0.5 : 0);
  };
  const scores = schemas.map(score);
  const best = Math.max(...scores);
  return best === 0 ? schemas.at(-1)! : schemas[scores.lastIndexOf(best)]!;
}
