/** Limits how much of a store dreams may remove. */
import { removedBytes } from '../removed-bytes.js';
import type { Rule } from './trial.js';

export interface GuardLimits {
  /** The share of the store's bytes, from 0 to 1, that one dream may remove, and all dreams of 30 days. */
  readonly removable: number;
  /** Bytes that dreams removed in the 30 days before this one. */
  readonly removedBefore: number;
}

/** In bytes. So much may always go: of a store of few notes, a share is less than one of them. */
export const alwaysRemovable = 4096;

export class Budget {
  readonly #allowed: number;
  readonly #limits: GuardLimits;
  #removed = 0;

  constructor(storeBytes: number, limits: GuardLimits) {
    this.#limits = limits;
    this.#allowed = Math.max(alwaysRemovable, Math.floor(storeBytes * limits.removable));
  }

  readonly staysInside: Rule = ({ before, after, paths }) => {
    const bytes = removedBytes(before, after, paths);
    const share = `${Math.round(this.#limits.removable * 100)} % of the store (${this.#allowed} bytes)`;
    if (bytes === 0) return null;
    if (this.#removed + bytes > this.#allowed)
      return `with it this dream would remove ${this.#removed + bytes} bytes, more than ${share}`;
    const { removedBefore } = this.#limits;
    if (removedBefore + this.#removed + bytes > this.#allowed)
      return `with it dreams would remove ${removedBefore + this.#removed + bytes} bytes in 30 days, more than ${share}`;
    return null;
  };

  spend(bytes: number): void {
    this.#removed += bytes;
  }
}
