"""Load tests of a real daemon on real mounts: see --help. Exits with 1 when something does not hold."""
import argparse
import sys

import appends
import coherence
import crashes
import mixed
import mount_memory
import power

PARTS = {
    'mixed': mixed,
    'appends': appends,
    'coherence': coherence,
    'crashes': crashes,
    'mount-memory': mount_memory,
    'power': power,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(dest='part', required=True)
    for name, module in PARTS.items():
        part = parts.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__)
        module.add_options(part)
    options = parser.parse_args()
    problems = PARTS[options.part].run(options)
    for problem in problems[:20]:
        print(problem)
    print(f'{options.part}: {len(problems)} problems')
    sys.exit(1 if problems else 0)


main()
