import { parentPort } from 'node:worker_threads';
import { checkpointDatabase } from '../journal/database.js';

parentPort!.on('message', (path: string) => {
  try {
    checkpointDatabase(path);
    parentPort!.postMessage({ path });
  } catch (error) {
    parentPort!.postMessage({ path, failed: error instanceof Error ? error.message : String(error) });
  }
});
