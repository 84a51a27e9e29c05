import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { methodOf, pathOf } from '../../../src/api/endpoint.js';
import { allEndpoints } from '../../../src/api/endpoints.js';

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

it('says of every endpoint what a session gets, and what it is told that it may not do', () => {
  const row = /^\| `(?<route>(?:GET|POST|PUT|DELETE) [^`]+)` +\| (?<right>\w+) +\| (?<what>.*?) *\|$/gm;
  const rows = [...page.matchAll(row)].map(({ groups }) => groups as Record<string, string>);
  const said = rows.map(({ route, right, what }) => [route, right, right === 'refused' ? what : '']);
  const meant = allEndpoints.map(({ endpoint }) => {
    const { session } = endpoint;
    const right = typeof session === 'object' ? ['refused', session.refused] : [session, ''];
    return [`${methodOf(endpoint)} ${pathOf(endpoint)}`, ...right];
  });
  expect(said).toEqual(meant);
});
