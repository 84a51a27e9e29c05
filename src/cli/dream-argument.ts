import type { Argument } from './command.js';

export const dreamArgument: Argument = {
  name: 'DREAM',
  description: 'its id, as memfsd dream list shows it, or the beginning of one',
};
