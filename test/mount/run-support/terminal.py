"""Plays a dialogue with a program on a terminal: argv is a JSON object {argv, steps: [[wait for, then type]]}.

Prints {status, output} as JSON. A text that does not come within the limit ends the dialogue.
"""
import json
import os
import pty
import select
import signal
import sys
import time

LIMIT = 20


def wait(pid):
    """The status with which it ends; within the limit, if need be by being killed."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended != 0:
            return status
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def main():
    order = json.loads(sys.argv[1])
    pid, terminal = pty.fork()
    if pid == 0:
        # Whoever runs the tests in the background has them ignored, and that would be inherited.
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(order["argv"][0], order["argv"])
    output = b""

    def read_until(text):
        nonlocal output
        start = len(output)
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], 0.1)
            if not ready:
                continue
            try:
                part = os.read(terminal, 65536)
            except OSError:
                return False
            if not part:
                return False
            output += part
            if text is not None and text in output[start:]:
                return True
        return False

    for expected, typed in order["steps"]:
        if not read_until(expected.encode()):
            break
        os.write(terminal, typed.encode())
    read_until(None)
    status = wait(pid)
    print(json.dumps({"status": os.waitstatus_to_exitcode(status), "output": output.decode(errors="replace")}))


main()
