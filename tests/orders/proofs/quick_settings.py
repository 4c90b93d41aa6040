"""The product's own settings, with a worker that sweeps as often as SWEEP_SECONDS says; for real servers under test."""

import os

from config.settings import *  # noqa: F403
from config.settings import CELERY_BEAT_SCHEDULE

if seconds := float(os.environ.get("SWEEP_SECONDS") or 0):
    CELERY_BEAT_SCHEDULE = {name: job | {"schedule": seconds} for name, job in CELERY_BEAT_SCHEDULE.items()}
