/**
 * Serves what the keeper passes on descriptor 3; adopts it when another engine served it before.
 * DIE_AT_INIT: dies between INIT and its answer.
 */
import { native } from '../../../dist/fuse/native.js';
import { Session, TransferBuffers } from '../../../dist/fuse/session.js';
import { StoredFileSystem } from './stored-file-system.mjs';

const log = {
  warn: (fields, message) => console.error('warn', message, fields),
  error: (fields, message) => console.error('error', message, fields),
};

const tell = (message) => keeper.send(Buffer.from(JSON.stringify(message)), []);

const keeper = new (native().DescriptorSocket)(
  3,
  (bytes, [descriptor]) => {
    const { negotiated, adopted } = JSON.parse(bytes.toString());
    const session = new Session({
      descriptor,
      connection: 1,
      negotiated,
      attach: () => new StoredFileSystem(process.argv[2], () => tell({ resent: true })),
      log,
      buffers: new TransferBuffers(),
      onNegotiated: (state) => {
        if (process.env.DIE_AT_INIT) process.kill(process.pid, 'SIGKILL');
        tell({ negotiated: state });
      },
      onEnd: () => process.exit(0),
    });
    session.start();
    if (adopted && !session.resend()) console.error('error no resend');
    tell({ serving: true });
  },
  () => process.exit(0),
);
