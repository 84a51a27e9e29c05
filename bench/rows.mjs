const MIB = 1024 * 1024;
const BIG = 64 * MIB;

const each = (key, title, { cold = false, commit = false, per = 1 } = {}) => ({
  key,
  title,
  cold,
  commit,
  unit: 'µs',
  value: (nanoseconds, count) => nanoseconds / 1000 / (count * per),
});
const whole = (key, title, cold) => ({
  key,
  title,
  cold,
  commit: false,
  unit: 'ms',
  value: (nanoseconds) => nanoseconds / 1e6,
});
const stream = (key, title, cold) => ({
  key,
  title,
  cold,
  commit: false,
  unit: 'MB/s',
  value: (nanoseconds) => BIG / 1e6 / (nanoseconds / 1e9),
});

/** `key` names a function of client.py, `cold` needs root to drop the kernel's caches. */
export const rows = [
  each('create', 'create + write 1 KiB + close', { commit: true }),
  each('stat_cold', 'stat, cold', { cold: true }),
  each('stat_warm', 'stat, warm'),
  each('stat_deep', 'stat, warm, eight directories deep'),
  each('read_cold', 'open + read + close, cold', { cold: true }),
  each('read_warm', 'open + read + close, warm'),
  each('read_deep', 'the same, eight directories deep'),
  each('append', 'open O_APPEND + write + close', { commit: true }),
  each('rename', 'rename', { per: 2 }),
  each('unlink', 'unlink'),
  whole('grep_cold', 'grep -r, 2,000 memories, cold', true),
  whole('grep_warm', 'grep -r, 2,000 memories, warm', false),
  stream('write_big', 'write 64 MiB', false),
  stream('read_big_cold', 'read 64 MiB, cold', true),
  stream('read_big_warm', 'read 64 MiB, warm', false),
];

/** How many times as long the first takes as the second, whatever the unit. */
export function timeRatio(row, first, second) {
  return row.unit === 'MB/s' ? second / first : first / second;
}
