"""Ends a process of the demo when the process that started it is gone, even by kill -9.

`python -m orders.demo.follow PARENT_PID MODULE ARGS…` runs a module that way.
"""

import os
import runpy
import signal
import sys
import threading
import time

POLL_SECONDS = 0.5
GRACE_SECONDS = 5


def follow_parent(parent_pid: int) -> None:
    """Watch, in a thread of its own, whether `parent_pid` is still the parent; when it is not, stop this process."""
    threading.Thread(target=_watch, args=(parent_pid,), daemon=True, name="follow-parent").start()


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def main() -> None:
    """Run the module named on the command line as if by `python -m`, following the parent."""
    parent_pid, module, *arguments = sys.argv[1:]
    follow_parent(int(parent_pid))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
