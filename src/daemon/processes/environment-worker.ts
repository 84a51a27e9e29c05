import { workerData } from 'node:worker_threads';
import { readEnvironment } from './environment.js';
import { type SharedMemory, State, Word } from './environment-thread.js';

const { control, content } = workerData as SharedMemory;
for (;;) {
  Atomics.wait(control, Word.state, State.idle);
  control[Word.size] = readEnvironment(control[Word.pid]!, content) ?? -1;
  Atomics.store(control, Word.state, State.idle);
  Atomics.notify(control, Word.state);
}
