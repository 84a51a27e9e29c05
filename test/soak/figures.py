"""Numbers for a person."""
import collections


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def print_latencies(entries, seconds):
    by_operation = collections.defaultdict(list)
    for entry in entries:
        by_operation[entry['operation']].append(entry)
    by_operation['all'] = entries
    print(f'{"operation":10} {"done":>8} {"refused":>8} {"other":>8} {"/s":>8} {"p50 µs":>9} {"p99 µs":>9}')
    for operation, those in by_operation.items():
        outcomes = collections.Counter(entry['outcome'] for entry in those)
        done, refused = outcomes['done'], outcomes['refused']
        times = [1e6 * (entry['end'] - entry['begin']) for entry in those]
        print(
            f'{operation:10} {done:8} {refused:8} {len(those) - done - refused:8} {len(those) / seconds:8.0f}'
            f' {percentile(times, 0.5):9.0f} {percentile(times, 0.99):9.0f}'
        )
