import { parentPort } from 'node:worker_threads';
import { checkpointDatabase } from '../../journal/database.js';

parentPort!.on('message', (path: string) => {
  try {
    checkpointDatabase(path);
    parentPort!.postMessage({ path });
  } catch (error) {
    const { message, code } = error as Error & { readonly code: string };
    parentPort!.postMessage({ path, failed: { message, code } });
  }
});
