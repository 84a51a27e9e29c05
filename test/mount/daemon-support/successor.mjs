/**
 * A keeper that is to take over and comes to nothing. MODE: `loaded` ends when it is to take over, `taken` ends soon after
 * it said that it had, `silent` says nothing at all.
 */
import { native } from '../../../dist/fuse/native.js';

const { MODE } = process.env;
const socket = new (native().DescriptorSocket)(
  3,
  (bytes) => {
    if (JSON.parse(bytes.toString()).type !== 'take') return;
    if (MODE === 'taken') say({ type: 'taken' });
    setTimeout(() => process.exit(7), 100);
  },
  () => process.exit(0),
);
const say = (message) => socket.send(Buffer.from(JSON.stringify(message)), []);
if (MODE !== 'silent') say({ type: 'loaded', version: '99.0.0', of: 'a newer release' });
say({ type: 'of a newer release' });
