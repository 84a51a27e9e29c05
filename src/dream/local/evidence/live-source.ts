/**
 * Tells whether a tool showed the present state of a system, read from the system itself. A page, a mail, a
 * ticket, a proposal, an old or an example file is not that, whatever keys and values it has in it.
 */

import {
  fromOthers,
  mailHead,
  notInForce,
  notInForceFolder,
  notNow,
  ownHost,
  url,
} from './live-source-cues.js';
import type { ToolUse } from './tool-use.js';

export function isLive({ tool, arguments: given, result, failed }: ToolUse): boolean {
  if (result === null || failed) return false;
  if (fromOthers.test(spaced(tool))) return false;
  const text = given.join('\n');
  if (given.some((argument) => notNow.test(argument))) return false;
  if (text.split(/[\s'"=]+/).some(isOutOfForce)) return false;
  for (const [, host] of text.matchAll(url)) if (!ownHost.test(host!)) return false;
  return (result.text.match(mailHead)?.length ?? 0) < 2;
}

const isOutOfForce = (word: string): boolean =>
  notInForce.test(word) ||
  (word.includes('/') &&
    word
      .split('/')
      .slice(0, -1)
      .some((part) => notInForceFolder.test(part)));

/** Splits the name of a tool into words: `WebFetch`, `mcp__mail__read`, `readMail`. */
const spaced = (name: string): string => name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/_+/g, ' ');
