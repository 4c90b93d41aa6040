"""The settings under test: the real ones, on services of this run alone; never the developer's .env, var/ or database."""

import atexit
import os
import shutil
import tempfile

# A folder and an environment of this process's own, set before the real settings look at either.
_var_dir = tempfile.mkdtemp(prefix="tableside-test-")
atexit.register(shutil.rmtree, _var_dir, ignore_errors=True)
for _name in (
    "SITE_URL",
    "ALLOWED_HOSTS",
    "REDIS_URL",
    "MAIL_URL",
    "PAYMENT_PROVIDERS",
    "TABLESIDE_DEMO",
    "DEBUG",
    "LOYALTY_BACKEND",
):
    os.environ.pop(_name, None)
for _name in [name for name in os.environ if name.startswith(("STRIPE_", "MOLLIE_", "LEAT_"))]:
    os.environ.pop(_name)
os.environ |= {"ENV_FILE": os.devnull, "VAR_DIR": _var_dir, "SECRET_KEY": "only-for-tests-" + "0" * 50}

# Of the workers of a full run (see tests/conftest.py) gw1 and gw3 are on PostgreSQL and Valkey, each with a
# database of its own in either; the others are on SQLite.
# A run without workers is on SQLite, or on what DATABASE_URL and TEST_REDIS_URL name.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker in ("gw1", "gw3"):
    os.environ["DATABASE_URL"] = os.environ["TEST_POSTGRES_URL"]
    os.environ["REDIS_URL"] = f"{os.environ['TEST_VALKEY_URL'].rpartition('/')[0]}/{_worker[2:]}"
elif _worker:
    os.environ.pop("DATABASE_URL", None)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, PASSWORD_HASHERS, VAR_DIR  # noqa: E402

# Passwords in tests are hashed once a test and guard nothing; the real list stays behind it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: only then do threads and processes meet on one database.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0

# Each test's client builds the middleware anew: WhiteNoise then looks files up when asked, and lists none beforehand.
WHITENOISE_AUTOREFRESH = True
