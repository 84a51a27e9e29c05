/** Runs a task on a store in a worker thread, so that it does not keep the kernel waiting. */
import { Worker } from 'node:worker_threads';
import { type ErrorCode, MemfsError } from '../../core/errors.js';
import type { StoreTask, TaskArgs, TaskResult } from './store-tasks.js';

interface TaskProgress {
  readonly progress: { readonly done: number; readonly total: number };
}

interface TaskFailure {
  readonly failed: { readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };
}

export type TaskEvent<Result> = TaskProgress | { readonly result: Result };
export type TaskMessage<Result> = TaskEvent<Result> | TaskFailure;

/** Ends with the result. */
export async function* runInWorker<Task extends StoreTask>(
  task: Task,
  args: TaskArgs<Task>,
): AsyncGenerator<TaskEvent<TaskResult<Task>>> {
  const worker = new Worker(new URL('./task-worker.js', import.meta.url), { workerData: { task, args } });
  const queue: TaskMessage<TaskResult<Task>>[] = [];
  let wake = (): void => {};
  const put = (message: TaskMessage<TaskResult<Task>>): void => {
    queue.push(message);
    wake();
  };
  const fail = (message: string): void => put({ failed: { code: 'internal', message, hint: undefined } });
  worker.on('message', put);
  worker.on('error', (error) => fail(error.message));
  worker.on('exit', (code) => fail(`the worker ended with code ${code}`));
  try {
    for (;;) {
      const message = queue.shift();
      if (message === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      else if ('failed' in message) {
        const { code, message: text, hint } = message.failed;
        throw new MemfsError(code, text, hint === undefined ? {} : { hint });
      } else {
        yield message;
        if ('result' in message) return;
      }
    }
  } finally {
    await worker.terminate();
  }
}

/** The same for who does not care how far it is. */
export async function resultOf<Task extends StoreTask>(
  task: Task,
  args: TaskArgs<Task>,
): Promise<TaskResult<Task>> {
  for await (const event of runInWorker(task, args)) if ('result' in event) return event.result;
  throw new MemfsError('internal', `the task ${task} gave no result`);
}
