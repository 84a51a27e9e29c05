/** The documents of the repository. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../mount/support/readme.js';

/** From the root of the repository. */
export const documents: readonly string[] = ['.', 'docs', 'docs/decisions']
  .flatMap((folder) => readdirSync(join(repository, folder)).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.md'))
  .sort();

export const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

export const fence = /^```\w*\n(.*?)^```$/gms;

/** What is left of a text without its blocks of code. */
export const withoutBlocks = (text: string): string => text.replaceAll(fence, '');
