import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import { type Command, defineCommand } from '../command.js';
import { description } from '../description.js';

/** Takes the list, which holds this command too. */
export const describeCommand = (commands: () => readonly Command[]): Command =>
  defineCommand({
    name: 'describe',
    summary: 'print the commands, their options, output schemas and exit codes for a machine',
    arguments: [{ name: 'COMMAND...', description: 'only this command', optional: true }],
    options: [],
    input: z.object({}),
    output: z.record(z.string(), z.unknown()),
    exits: [],
    async run(context, words) {
      const name = words.join(' ');
      const exact = commands().filter((command) => command.name === name);
      const group = commands().filter((command) =>
        `${command.name} `.startsWith(name === '' ? '' : `${name} `),
      );
      const found = exact.length > 0 ? exact : group;
      if (found.length === 0)
        throw new MemfsError('usage', `there is no command "${name}"`, { hint: 'memfsd describe' });
      const text = description(found, name === '');
      context.write(`${JSON.stringify(text, null, context.json ? undefined : 2)}\n`);
    },
  });
