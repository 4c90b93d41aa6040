"""The Celery application: Redis where REDIS_URL says so, else a filesystem broker under var/."""

import os

from celery import Celery
from celery.schedules import schedule
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tableside")

QUEUE_DIR = settings.VAR_DIR / "queue"
if settings.REDIS_URL:
    app.conf.broker_url = settings.REDIS_URL
else:
    QUEUE_DIR.mkdir(parents=True, exist_ok=True)
    (QUEUE_DIR / "control").mkdir(exist_ok=True)
    app.conf.broker_url = "filesystem://"
    app.conf.broker_transport_options = {
        "data_folder_in": str(QUEUE_DIR),
        "data_folder_out": str(QUEUE_DIR),
        "control_folder": str(QUEUE_DIR / "control"),
    }

app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    beat_schedule_filename=str(settings.VAR_DIR / "beat"),
    beat_schedule={
        "heartbeat": {"task": "orders.tasks.beat", "schedule": schedule(15.0)},
        "reconcile payments": {"task": "orders.tasks.reconcile_payments", "schedule": schedule(15.0)},
        "settle orders": {"task": "orders.tasks.settle_orders", "schedule": schedule(30.0)},
    },
)
app.autodiscover_tasks(["orders"])
