/** The edits of a dream that a command is about. */
import { z } from 'zod';
import type { EditChoice } from '../api/endpoints/dreams.js';
import type { Option } from './command.js';

const numbers = z
  .array(z.string().regex(/^\d{1,9}(,\d{1,9})*$/, 'numbers of edits, as memfsd dream show has them'))
  .default([])
  .transform((values) => values.flatMap((value) => value.split(',').map(Number)));

export const editOption: Option = {
  flags: '--edit <n>',
  description: 'only this edit, as often as needed, or several as 1,3',
  repeatable: true,
};

export const editNumbers = numbers;

export const choiceOf = (edits: readonly number[], except: readonly number[]): EditChoice => ({
  edits: edits.length === 0 ? null : [...edits],
  except: except.length === 0 ? null : [...except],
});
