import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type ScanOrder, scanProcesses } from './scan-processes.js';

// Of this thread only: on Linux each has a nice value of its own (setpriority(2)).
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort!.on('message', (order: ScanOrder) => parentPort!.postMessage(scanProcesses(order)));
