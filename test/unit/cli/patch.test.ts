import { describe, expect, it } from 'vitest';
import { coloured, patchCreator } from '../../../src/cli/patch.js';

describe('a patch on a terminal', () => {
  it('has our colours, and nothing else that steers it', async () => {
    const createPatch = await patchCreator();
    const after = { name: 'b/x', text: 'one\n\ttwo \x1b]0;pwned\x07\x9b2J\r\n' };
    const patch = createPatch({ name: 'a/x', text: 'one\n' }, after)!;
    const lines = coloured(patch).split('\n');
    expect(lines).toContain('\x1b[32m+\ttwo \ufffd]0;pwned\ufffd\ufffd2J\ufffd\x1b[0m');
    expect(patch).toContain('\x1b]0;pwned\x07');
  });
});
