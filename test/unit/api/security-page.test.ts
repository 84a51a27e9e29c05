import { expect, it } from 'vitest';
import { routes } from '../../../src/api/routes.js';
import { sessionRights } from '../../mount/support/security-page.js';

it('says of every route what a session gets', () => {
  const rights = sessionRights();
  expect([...rights.keys()].sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  for (const [route, right] of rights) expect(['refused', 'own', 'scope', 'whole'], route).toContain(right);
});
