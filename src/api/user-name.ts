import { userInfo } from 'node:os';
import { isName } from '../core/names.js';

/** The name of the user whose process this is, as the name of an agent. */
export function userName(): string {
  const number = `uid-${process.getuid?.()}`;
  try {
    const { username } = userInfo();
    return isName(username) ? username : number;
  } catch {
    return number;
  }
}
