import { MemfsError } from '../core/errors.js';

/** The promise, or an error with `message` after `limit` milliseconds. */
export function within<T>(limit: number, message: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new MemfsError('internal', `${message} within ${limit / 1000} s`));
    const timer = setTimeout(late, limit);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
