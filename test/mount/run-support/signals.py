"""Says begun, then the name of each signal that comes; after a line from standard input that line, and ends with 5."""
import os
import signal
import sys


def say(text):
    """In one piece, whatever interrupts it."""
    os.write(1, text.encode())


for name in sys.argv[1:]:
    signal.signal(signal.Signals[name], lambda number, _: say(f"{signal.Signals(number).name}\n"))
say("begun\n")
say(sys.stdin.readline())
sys.exit(5)
