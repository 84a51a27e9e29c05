import { native } from '../../fuse/native.js';
import type { OpenMessageSocket } from '../engine/kernel.js';

export const openMessageSocket: OpenMessageSocket = (descriptor, onMessage, onEnd) =>
  new (native().DescriptorSocket)(descriptor, onMessage, () => onEnd());
