"""All settings, read from the environment; safe and complete with nothing set."""

from importlib import import_module
from pathlib import Path

import django_stubs_ext
import environ
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config.logs import configure_logging
from config.mail import read_mailer
from config.secret_key import read_or_make_secret_key

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

# Everything this installation writes: the SQLite database, uploads, collected static files, the queue without Redis.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
SECRET_KEY_IS_GENERATED = not env.str("SECRET_KEY", default="")
SECRET_KEY = env.str("SECRET_KEY", default="") or read_or_make_secret_key(VAR_DIR / "secret_key")

# True only in the processes that `manage.py demo` starts: it opens the demo payment provider and /dev/mail/.
DEMO = env.bool("TABLESIDE_DEMO", default=False)

INSTALLED_APPS = [
    "config.apps.WiringConfig",
    "orders",
    "loyalty",
    "menu",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "config.apps.StaticConfig",
    "django_htmx",
]

MIDDLEWARE = [
    "config.logs.RequestId",
    "config.security.TrustedProxies",
    "config.errors.PlainErrors",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.security.PermissionsPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "orders.guest.GuestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Databases ------------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # One writer at a time, chosen when the transaction begins: no deadlock between two readers that become writers.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# Cache and queue ------------------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            # Nothing kept there is worth waiting for.
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    )
}

# A file per message under var/ where there is no Redis. Tasks are a doorbell only: losing or repeating one is harmless.
QUEUE_DIR = VAR_DIR / "queue"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT = "config.broker:Transport"
else:
    (QUEUE_DIR / "control").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR),
        "data_folder_out": str(QUEUE_DIR),
        "control_folder": str(QUEUE_DIR / "control"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "orders.tasks.beat", "schedule": 5.0},
    "reconcile payments": {"task": "orders.tasks.reconcile_payments", "schedule": 15.0},
    "sync menus": {"task": "orders.tasks.sync_menus", "schedule": 60.0},
    "settle orders": {"task": "orders.tasks.settle_orders", "schedule": 30.0},
    "renew counter holds": {"task": "orders.tasks.renew_counter_holds", "schedule": 240.0},
    "mail codes": {"task": "loyalty.tasks.mail_due_codes", "schedule": 15.0},
    "mail gift cards": {"task": "loyalty.tasks.mail_gift_cards", "schedule": 60.0},
    "expire locks": {"task": "loyalty.tasks.expire_locks", "schedule": 60.0},
    "expire points": {"task": "loyalty.tasks.expire_points", "schedule": 900.0},
    "birthday vouchers": {"task": "loyalty.tasks.issue_birthday_vouchers", "schedule": 3600.0},
    "give vouchers left": {"task": "loyalty.tasks.give_vouchers_left", "schedule": 60.0},
    "deliver webhooks": {"task": "loyalty.tasks.deliver_webhooks", "schedule": 30.0},
    "forget old codes": {"task": "loyalty.tasks.forget_old", "schedule": 3600.0},
}

# Sessions (staff only; a diner is a Guest with a cookie of its own), passwords, cookies ------------------------------

SECURE_SITE = SITE_URL.startswith("https://")
COOKIE_PREFIX = "__Host-" if SECURE_SITE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}staff"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SITE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
GUEST_COOKIE_NAME = f"{COOKIE_PREFIX}guest"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"

# Headers --------------------------------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "media-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = SECURE_SITE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SITE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# Languages, time ------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch")), ("de", _("German")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files ----------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.HashedOnceCollected"},
}
WHITENOISE_USE_FINDERS = DEBUG or not (STATIC_ROOT / "staticfiles.json").exists()

# Mail -----------------------------------------------------------------------------------------------------------------

MAILERS = {"default": read_mailer(env.email_url("MAIL_URL", default="consolemail://"))}
if DEMO:
    MAILERS = {"default": {"BACKEND": "orders.demo.mail.FolderBackend"}}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Tableside <no-reply@localhost>")

# The product ----------------------------------------------------------------------------------------------------------

PAYMENT_PROVIDERS = env.list("PAYMENT_PROVIDERS", default=["counter"])
if DEMO and "demo" not in PAYMENT_PROVIDERS:
    PAYMENT_PROVIDERS = [*PAYMENT_PROVIDERS, "demo"]
PAYMENT_WINDOW_MINUTES = env.int("PAYMENT_WINDOW_MINUTES", default=10)
# How long a provider may take to answer us; after that its answer is unknown and asked for again later.
PAYMENT_TIMEOUT_SECONDS = env.float("PAYMENT_TIMEOUT_SECONDS", default=6)
# A provider whose keys are empty is neither imported nor offered (docs/payments.md).
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_SHOWS = env.list("STRIPE_SHOWS", default=["apple_pay", "google_pay", "card"])
MOLLIE_API_KEY = env.str("MOLLIE_API_KEY", default="")
MOLLIE_API_BASE = env.str("MOLLIE_API_BASE", default="https://api.mollie.com")
MOLLIE_SHOWS = env.list("MOLLIE_SHOWS", default=["ideal", "bancontact", "card"])
LOYALTY_BACKEND = env.str("LOYALTY_BACKEND", default="embedded")
# The account at Leat for LOYALTY_BACKEND=leat (docs/leat.md); `manage.py check_leat` says what is missing on it.
LEAT_BASE_URL = env.str("LEAT_BASE_URL", default="https://api.leat.com")
LEAT_TOKEN = env.str("LEAT_TOKEN", default="")
LEAT_SHOP_UUID = env.str("LEAT_SHOP_UUID", default="")
LEAT_ATTRIBUTE_PREFIX = env.str("LEAT_ATTRIBUTE_PREFIX", default="")
LEAT_CURRENCY = env.str("LEAT_CURRENCY", default="EUR")
LEAT_CONNECT_TIMEOUT_SECONDS = env.float("LEAT_CONNECT_TIMEOUT_SECONDS", default=0.25)
LEAT_READ_TIMEOUT_SECONDS = env.float("LEAT_READ_TIMEOUT_SECONDS", default=2)
LEAT_CHANGE_TIMEOUT_SECONDS = env.float("LEAT_CHANGE_TIMEOUT_SECONDS", default=6)
LEAT_SILENCE_SECONDS = env.float("LEAT_SILENCE_SECONDS", default=0.2)
LEAT_CACHE_SECONDS = env.int("LEAT_CACHE_SECONDS", default=15)
VOUCHER_LOCK_MINUTES = env.int("VOUCHER_LOCK_MINUTES", default=15)
# False: everybody is sent a code first, so that nobody learns who is a member (docs/adr/0013).
IDENTIFY_REVEALS_MEMBERSHIP = env.bool("IDENTIFY_REVEALS_MEMBERSHIP", default=True)
# A site with a login of its own: the dotted path of a callable that says who a request is (docs/site-login.md).
GUEST_AUTHENTICATION = env.str("GUEST_AUTHENTICATION", default="")
# Calls of the APIs that one token may make in a minute, at each web process (docs/adr/0021).
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=6000)
TERMS_URL = env.str("TERMS_URL", default="")
# Webhooks of subscriptions without a secret of their own are signed with this; empty: with one made from SECRET_KEY.
WEBHOOK_SECRET = env.str("WEBHOOK_SECRET", default="")
WEBHOOK_TIMEOUT_SECONDS = env.float("WEBHOOK_TIMEOUT_SECONDS", default=5)
WEBHOOK_PRIVATE_ADDRESSES = env.bool("WEBHOOK_PRIVATE_ADDRESSES", default=False)

# Errors go to Sentry where an address is set; where none is, its client is not even imported.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    import_module("config.sentry").start(SENTRY_DSN, site_url=SITE_URL)

LOGGING_CONFIG = None
configure_logging(debug=DEBUG)
