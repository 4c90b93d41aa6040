"""The product's own settings, with a worker that sweeps as often as SWEEP_SECONDS says; for real servers under test.

Only what orders wait for: all jobs every second are more than a busy machine gets done.
"""

import faulthandler
import os
import signal

from config.settings import *  # noqa: F403
from config.settings import CELERY_BEAT_SCHEDULE

faulthandler.register(signal.SIGUSR1)  # says on stderr where each thread is, for a proof that fails

if seconds := float(os.environ.get("SWEEP_SECONDS") or 0):
    SWEEPS = {"heartbeat", "reconcile payments", "settle orders"}
    CELERY_BEAT_SCHEDULE |= {name: CELERY_BEAT_SCHEDULE[name] | {"schedule": seconds} for name in SWEEPS}
