import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './readme.js';

/** What docs/security.md says that a session gets of each route: `refused`, `own`, `scope` or `whole`. */
export function sessionRights(): Map<string, string> {
  const text = readFileSync(join(repository, 'docs/security.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `((?:GET|POST|PUT|DELETE) [^`]+)` +\| (\w+) /gm)];
  return new Map(rows.map(([, route, right]) => [route!, right!]));
}
