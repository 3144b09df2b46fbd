"""Settings. Each is an environment variable of the same name, durations in seconds.

Without any of them this is a working local site: SQLite, one process, nothing to install.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured

from chatsite.realtime.databaseurl import database_from
from chatsite.realtime.serviceurls import UnreadableURL, urls_in

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

# Who may come in.

SECRET_KEY: str = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])

# A site that is given a key, a name or a service is meant to be seen: it is a local one only
# without. A proxy that passes on no name would make each visitor one of this machine.
SERVICES = [name for name in ("DATABASE_URL", "REDIS_URL") if env.str(name, default="")]
DEBUG: bool = env.bool("DEBUG", default=not (SECRET_KEY or ALLOWED_HOSTS or SERVICES))

if not SECRET_KEY:
    if not DEBUG:
        message = (
            "Outside DEBUG the environment variable SECRET_KEY must be set to a long random"
            " string that nobody else knows. To make one: python3 -c"
            " 'import secrets; print(secrets.token_urlsafe(50))'"
        )
        raise ImproperlyConfigured(message)
    SECRET_KEY = "django-insecure-for-this-machine-only"  # noqa: S105 (never used outside DEBUG)

if not ALLOWED_HOSTS and not DEBUG:
    message = (
        "Outside DEBUG the environment variable ALLOWED_HOSTS must name the hosts this site"
        " is reached by, comma separated, such as chat.example.org"
    )
    raise ImproperlyConfigured(message)

# Other origins than the site's own whose pages may send forms and open sockets, such as
# https://chat.example.org before a proxy that does not pass its name on, or https://*.example.org
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Secure cookies, a redirect from http, and HSTS. The server knows that a proxy was asked by
# https from X-Forwarded-Proto, which uvicorn and daphne believe of proxies they are told of.
HTTPS: bool = env.bool("HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
# Who asks whether a process is healthy does so from beside it, by its own address.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    # What else lives under this domain, and whether browsers preload it, is its owner's to say.
    "security.W005",
    "security.W021",
]
if not HTTPS:
    # Turned off on purpose: a site behind a VPN, or a test of one.
    SILENCED_SYSTEM_CHECKS += [
        "security.W004",
        "security.W008",
        "security.W012",
        "security.W016",
    ]

# What it is made of.

INSTALLED_APPS = [
    "daphne",
    # Before the admin, which has pages of the same names for passwords and for signing out.
    "chatsite.apps.ChatsiteConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "presence",
    "conversations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "chatsite.contentsecurity.content_security_policy",
    "chatsite.caching.keep_nothing",
    "conversations.outagepages.health_first",
    "conversations.outagepages.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "conversations.errorpages.method_not_allowed_page",
    "django.middleware.common.CommonMiddleware",
    "conversations.outagepages.OutageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"

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
    },
]

CSRF_FAILURE_VIEW = "conversations.errorpages.csrf_failure"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# The first makes all that are new. The others read what accounts brought along from elsewhere,
# until their owners sign in.
PASSWORD_HASHERS = ["chatsite.signin.hashing.PatientHasher", *global_settings.PASSWORD_HASHERS[1:]]
# Passwords that a process hashes at once, and forms that may wait for their turn.
PASSWORD_WORKERS: int = env.int("PASSWORD_WORKERS", default=1)
PASSWORD_WAITING: int = env.int("PASSWORD_WAITING", default=64)
# Forms with a password that are taken in a minute from one address.
PASSWORD_TRIES_PER_ADDRESS: int = env.int("PASSWORD_TRIES_PER_ADDRESS", default=60)
# Wrong passwords that are taken in five minutes of one account from one address.
PASSWORD_TRIES_PER_ACCOUNT: int = env.int("PASSWORD_TRIES_PER_ACCOUNT", default=10)

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Where it keeps things.

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# How long work waits for what another process has locked. What waits longer is refused.
DATABASE_LOCK_TIMEOUT: float = env.float("DATABASE_LOCK_TIMEOUT", default=3.0)
# How long a process may stop in the middle of a transaction before PostgreSQL ends it and lets go
# of what it has locked.
DATABASE_IDLE_TIMEOUT: float = env.float("DATABASE_IDLE_TIMEOUT", default=5.0)
# Whether a pooler such as PgBouncer stands before PostgreSQL: it refuses parameters of a session.
DATABASE_POOLER: bool = env.bool("DATABASE_POOLER", default=False)
# One thread on SQLite, which has one writer, and eight on PostgreSQL.
_database, DATABASE_THREADS = database_from(
    env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}",
    threads=env.int("DATABASE_THREADS", default=None),
    lock_timeout=DATABASE_LOCK_TIMEOUT,
    idle_timeout=DATABASE_IDLE_TIMEOUT,
    is_pooled=DATABASE_POOLER,
)
DATABASES = {"default": _database}

# What people upload. It is served through views that ask who may see it, never by address.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default="") or BASE_DIR / "media")
MEDIA_MAX_BYTES: int = env.int("MEDIA_MAX_BYTES", default=10 * 1024 * 1024)
# Of an image, the frames of an animation counted together. Decoded, each takes four bytes.
MEDIA_MAX_PIXELS: int = env.int("MEDIA_MAX_PIXELS", default=50_000_000)
# Large images that a server draws at once, each in a process of its own; the megabytes of memory
# that such a process may take, and the seconds that it may draw one.
MEDIA_WORKERS: int = env.int("MEDIA_WORKERS", default=2)
MEDIA_WORKER_MEMORY: int = env.int("MEDIA_WORKER_MEMORY", default=1000)
MEDIA_TIME_LIMIT: float = env.float("MEDIA_TIME_LIMIT", default=30.0)
# Bytes that one person may have uploaded and not sent.
MEDIA_MAX_UNSENT: int = env.int("MEDIA_MAX_UNSENT", default=100 * 1024 * 1024)
# What one person may upload in an hour, and have drawn of it, as each server counts it.
MEDIA_HOURLY_BYTES: int = env.int("MEDIA_HOURLY_BYTES", default=1024 * 1024 * 1024)
MEDIA_HOURLY_PIXELS: int = env.int("MEDIA_HOURLY_PIXELS", default=4_000_000_000)
# After so long an upload that no message carries is removed, and how often servers look.
MEDIA_ORPHAN_AGE: float = env.float("MEDIA_ORPHAN_AGE", default=24 * 3600.0)
MEDIA_SWEEP_INTERVAL: float = env.float("MEDIA_SWEEP_INTERVAL", default=3600.0)

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "chatsite.staticstorage.HashedModuleStorage"
        )
    },
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False

# How processes hear each other.


# One address, or several, over which the groups are spread. Without, there is one process.
REDIS_URL: list[str] = urls_in(env.str("REDIS_URL", default=""))

_redis_hosts: list[dict[str, Any]] = []
if REDIS_URL:
    try:
        from chatsite.realtime.layers.redis.hosts import host_from

        _redis_hosts += map(host_from, REDIS_URL)
    except ImportError as error:
        message = f"REDIS_URL needs the extra `redis`: pip install chatsite[redis] ({error})"
        raise ImproperlyConfigured(message) from None
    except UnreadableURL as error:
        raise ImproperlyConfigured(str(error)) from None

CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "chatsite.realtime.layers.redis.layer.RedisLayer",
        "CONFIG": {"hosts": _redis_hosts},
    }
    if REDIS_URL
    else {
        "BACKEND": "chatsite.realtime.layers.memory.MemoryLayer",
        # A process has one channel for all its sockets and reads it at once; the layer would
        # drop, in silence, what goes over its capacity, and the whole channel when it expires.
        "CONFIG": {"capacity": 100_000, "expiry": 3600, "group_expiry": 10**9},
    }
}

# What is counted for a while only. Sentinels are known to the channel layer alone, so there, as
# without Redis, each process counts by itself.
_in_process = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
_shared_caches = [
    {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "chatsite",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    for url in REDIS_URL
    if "sentinel" not in url.partition(":")[0]
]
CACHES: dict[str, dict[str, Any]] = {
    "default": (_shared_caches or [_in_process])[0],
    "process": {**_in_process, "LOCATION": "process"},
}

# Presence.

# Someone without a live connection, and not heard of for so long, is offline.
PRESENCE_TIMEOUT: float = env.float("PRESENCE_TIMEOUT", default=120.0)
# How long after the last tab closed others are told: a reload shows nothing.
PRESENCE_GRACE: float = env.float("PRESENCE_GRACE", default=10.0)
# How often each server looks for what others left behind, by one read where there is nothing.
PRESENCE_SWEEP_INTERVAL: float = env.float("PRESENCE_SWEEP_INTERVAL", default=5.0)
# How often a server vouches for all its connections, in one write (dead after three missed), and
# looks whether they are still signed in.
PRESENCE_LEASE_INTERVAL: float = env.float("PRESENCE_LEASE_INTERVAL", default=10.0)
# How often a client says that it is there.
HEARTBEAT_INTERVAL: float = env.float("HEARTBEAT_INTERVAL", default=30.0)
# In larger conversations presence is read when asked for, and not broadcast.
PRESENCE_MAX_AUDIENCE: int = env.int("PRESENCE_MAX_AUDIENCE", default=500)
# Dotted path of the function that says which groups hear of a person.
PRESENCE_AUDIENCE: str = env.str(
    "PRESENCE_AUDIENCE", default="conversations.selectors.presence_audience"
)

# Typing.

# After so much silence nobody is typing any more.
TYPING_TIMEOUT: float = env.float("TYPING_TIMEOUT", default=5.0)
# Larger conversations have no typing line.
TYPING_MAX_PARTICIPANTS: int = env.int("TYPING_MAX_PARTICIPANTS", default=100)

# Conversations. Staff are not limited.

# People in one conversation.
MAX_PARTICIPANTS: int = env.int("MAX_PARTICIPANTS", default=1000)
# Conversations that one person may start in a day, and people whom they may let into any.
MAX_CONVERSATIONS: int = env.int("MAX_CONVERSATIONS", default=100)
MAX_ADDITIONS: int = env.int("MAX_ADDITIONS", default=2000)
# Conversations started and additions to them that one person may make at once, and the seconds in
# which they may make one more.
CONVERSATION_BURST: int = env.int("CONVERSATION_BURST", default=20)
CONVERSATION_INTERVAL: float = env.float("CONVERSATION_INTERVAL", default=3.0)

# Reactions on one message, of all people together: they are told along with it, in one frame.
MAX_REACTIONS: int = env.int("MAX_REACTIONS", default=1000)

# Sockets.

# The largest frame a client may send, in bytes.
STREAM_MAX_FRAME: int = env.int("STREAM_MAX_FRAME", default=64 * 1024)
# Frames a second that a socket may send for long, and how many at once after a quiet while.
STREAM_RATE: float = env.float("STREAM_RATE", default=20.0)
STREAM_BURST: int = env.int("STREAM_BURST", default=100)
# Frames a second that a person may have stored for long, over all their connections to a process,
# and how many at once: 20 pages that come back together each send half of STREAM_BURST.
STREAM_PERSON_RATE: float = env.float("STREAM_PERSON_RATE", default=40.0)
STREAM_PERSON_BURST: int = env.int("STREAM_PERSON_BURST", default=1000)
# What may wait for the database of the frames of one connection, in bytes of memory.
STREAM_BACKLOG_BYTES: int = env.int("STREAM_BACKLOG_BYTES", default=4 * 1024 * 1024)
# Connections of one address to a process, whether or not anybody is signed in. 0: any number.
STREAM_CONNECTIONS_PER_ADDRESS: int = env.int("STREAM_CONNECTIONS_PER_ADDRESS", default=1000)
STREAM_MAX_CONNECTIONS_PER_USER: int = env.int("STREAM_MAX_CONNECTIONS_PER_USER", default=50)
# Events that may wait for a slow reader.
STREAM_OUTBOX: int = env.int("STREAM_OUTBOX", default=256)
# Bytes of memory for what waits for slow readers: of one connection, of all that a person has, and
# of all in the process, where an event that waits for many connections counts once.
STREAM_OUTBOX_BYTES: int = env.int("STREAM_OUTBOX_BYTES", default=2 * 1024 * 1024)
STREAM_OUTBOX_BYTES_PER_USER: int = env.int("STREAM_OUTBOX_BYTES_PER_USER", default=8 * 1024 * 1024)
STREAM_OUTBOX_BYTES_PER_PROCESS: int = env.int(
    "STREAM_OUTBOX_BYTES_PER_PROCESS", default=64 * 1024 * 1024
)
# Catch-ups that a socket may have asked for and not been answered yet.
STREAM_CATCHUPS: int = env.int("STREAM_CATCHUPS", default=50)
# Messages in the answer to one of them, and the bytes at which the answer is cut before.
CATCHUP_LIMIT: int = env.int("CATCHUP_LIMIT", default=500)
CATCHUP_BYTES: int = env.int("CATCHUP_BYTES", default=64 * 1024)

# What it says of itself.

DEFAULT_EXCEPTION_REPORTER_FILTER = "chatsite.errorreports.SecretsFilter"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "chatsite.realtime.secrecy.SafeFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {"one_line": {"()": "chatsite.badrequests.OneLine"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["one_line"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django would mail errors to ADMINS, and there are none.
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # It warns each time that it can't connect. That the database is away is said once.
        "psycopg.pool": {"level": "ERROR"},
    },
}
