/** The description of a command: the parser, the help and `describe` are all made from it. */
import type { z } from 'zod';
import type { ExitCode } from '../core/errors.js';
import type { Context } from './context.js';

export interface Argument {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
}

export interface Option {
  /** As commander reads it: `--limit <n>`. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times; its values come as a list, in that order. */
  readonly repeatable?: true;
}

export interface Command {
  /** `log`, `store create` */
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  /** Checks what the parser made of the options. */
  readonly input: z.ZodType;
  /** What `--json` prints: one document, or with `stream` one of these a line. */
  readonly output: z.ZodType;
  readonly stream?: boolean;
  /** The last argument is a command line of its own: what follows its first word is not read. */
  readonly passThrough?: true;
  /** Exit codes besides 0, 1, 2 and 130, which every command may give. */
  readonly exits: readonly (keyof typeof ExitCode)[];
  run(context: Context, args: readonly (string | undefined)[], options: unknown): Promise<number | undefined>;
}

interface Definition<S extends z.ZodType> extends Omit<Command, 'input' | 'run'> {
  readonly input: S;
  /** Resolves to the exit code when that is not 0. */
  run(context: Context, args: readonly string[], options: z.infer<S>): Promise<number | undefined>;
}

export const defineCommand = <S extends z.ZodType>(definition: Definition<S>): Command =>
  definition as unknown as Command;
