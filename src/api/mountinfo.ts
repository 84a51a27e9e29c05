import { readFileSync } from 'node:fs';
import { type MountInfo, parseMountInfo } from '../core/mountinfo.js';

export const readMountInfo = (): MountInfo[] => parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
