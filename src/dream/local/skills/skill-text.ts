/**
 * Writes a skill as https://agentskills.io/specification has it: front matter with name and description, then
 * the steps.
 */
import { Placeholders } from './placeholders.js';
import type { Step } from './runs.js';

const longestDescription = 1_024;

/** `cases`: the steps in each session; `name`: lowercase words with hyphens between. */
export function skillText(
  name: string,
  topic: readonly string[],
  cases: readonly (readonly Step[])[],
  seen: string,
): string {
  const placeholders = new Placeholders();
  const [first = []] = cases;
  const steps = first.map((_, i) => placeholders.step(cases.map((steps) => steps[i]!.shape.words)));
  const heads = first.map(({ shape }) => shape.head);
  const about = topic.length === 0 ? '' : ` Use when the task is about: ${topic.join(', ')}.`;
  const description = `${heads.join(', then ')}: ${first.length} steps in this order.${about}`;
  const given = placeholders.used;
  return [
    '---',
    `name: ${name}`,
    `description: ${JSON.stringify(description.slice(0, longestDescription))}`,
    '---',
    `# ${name.replaceAll('-', ' ')}`,
    '',
    ...steps.map((step, i) => `${i + 1}. \`${step}\``),
    '',
    ...(given.length === 0
      ? []
      : [`Differs from case to case: ${given.map((each) => `\`${each}\``).join(', ')}.`]),
    `Worked each time. ${seen}.`,
    '',
  ].join('\n');
}
