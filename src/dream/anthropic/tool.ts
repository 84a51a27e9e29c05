import type Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { z } from 'zod';

export interface Tool<Shape extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly input: Shape;
  /** Returns the result for the model. A `MemfsError` is told to it, and the dream goes on. */
  run(input: z.infer<Shape>): string;
}

/** Keeps the type of a tool's input between its shape and its code. */
export const tool = <Shape extends z.ZodObject>(definition: Tool<Shape>): Tool =>
  definition as unknown as Tool;

/**
 * The definition that the endpoint takes. A strict schema knows a part of JSON Schema only; the SDK puts the
 * rest into descriptions.
 */
export const definitionOf = ({ name, description, input }: Tool): Anthropic.Tool => ({
  name,
  description,
  input_schema: transformJSONSchema(schemaOf(input)) as Anthropic.Tool.InputSchema,
  strict: true,
});

const schemaOf = (shape: z.ZodObject): Record<string, unknown> =>
  z.toJSONSchema(shape, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as Record<string, unknown>;
