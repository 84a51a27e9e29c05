/** Takes one step in a store or a branch of it. */
import { dirname } from 'node:path/posix';
import { asMemfsError } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { TreeStep } from '../../dream/tree-steps.js';
import type { StoreView } from '../../vfs/store.js';

/**
 * Removes a directory that the step leaves empty, too. `ifMatch`: the SHA-256 that the memory must have;
 * undefined: any. Throws what the store throws.
 */
export function takeStep(view: StoreView, step: TreeStep, actor: Actor, ifMatch?: string): void {
  if (step.op === 'write') {
    view.write(step.path, Buffer.from(step.text), actor, ifMatch);
    return;
  }
  if (step.op === 'remove') view.remove(step.path, actor, ifMatch);
  else view.move(step.path, step.to, actor);
  removeEmpty(view, dirname(step.path), actor);
}

function removeEmpty(view: StoreView, directory: string, actor: Actor): void {
  if (directory === '/') return;
  try {
    view.removeDirectory(directory, actor);
  } catch (thrown) {
    if (asMemfsError(thrown).code === 'not_empty') return;
    throw thrown;
  }
  removeEmpty(view, dirname(directory), actor);
}
