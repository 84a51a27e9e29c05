/** Takes out what no transcript may keep: secrets, and texts without an end. */
import { maskSecrets } from '../secrets/mask.js';
import type { EventBody } from './event.js';

/** In characters. */
const longestText = 256 * 1024;

/** Masked as a whole before it is cut, so that no half of a secret is left at the end. */
export function protect(event: EventBody): EventBody {
  const masked = maskSecrets(event.text);
  const text = masked.length > longestText ? masked.slice(0, longestText) : masked;
  return { ...event, text, cut: masked.length - text.length };
}
