import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isId, newId } from '../../../src/core/ids.js';

describe('ids', () => {
  it('names its kind and holds 24 letters of the alphabet', () => {
    expect(newId('store', randomBytes)).toMatch(/^memstore_[a-km-np-z2-9]{24}$/);
    expect(newId('session', randomBytes)).toMatch(/^sesn_[a-km-np-z2-9]{24}$/);
    expect(newId('dream', randomBytes)).toMatch(/^drm_[a-km-np-z2-9]{24}$/);
  });

  it('takes all its letters from the given bytes', () => {
    expect(newId('dream', (count) => new Uint8Array(count))).toBe(`drm_${'a'.repeat(24)}`);
    expect(newId('dream', (count) => new Uint8Array(count).fill(255))).toBe(`drm_${'9'.repeat(24)}`);
  });

  it('recognises its own kind only', () => {
    const id = newId('store', randomBytes);
    expect(isId('store', id)).toBe(true);
    expect(isId('session', id)).toBe(false);
    expect(isId('store', `${id}a`)).toBe(false);
    expect(isId('store', `memstore_${'0'.repeat(24)}`)).toBe(false);
  });
});
