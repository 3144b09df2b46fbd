"""Settings for tests: a site as it is deployed, on a database that its threads can share."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests-and-never-for-anything-that-anyone-can-reach")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("HTTPS", "false")

from chatsite.settings import *  # noqa: F403
from chatsite.settings import DATABASES, STORAGES

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # In memory, each thread would have a database of its own.
    DATABASES["default"]["TEST"] = {
        "NAME": Path(tempfile.gettempdir()) / f"chatsite-test-{os.getpid()}.sqlite3"
    }

# Slow on purpose everywhere else.
PASSWORD_HASHERS = ["tests.hashers.QuickHasher"]

# Everybody on the stage has one address.
PASSWORD_TRIES_PER_ADDRESS = int(os.environ.get("PASSWORD_TRIES_PER_ADDRESS", "1000000"))

# Nobody on the stage has time to wait.
CONVERSATION_BURST = int(os.environ.get("CONVERSATION_BURST", "1000000"))

# Served from where they are written, without collectstatic.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SERVESTATIC_USE_FINDERS = True

if "MEDIA_ROOT" not in os.environ:
    MEDIA_ROOT = Path(tempfile.gettempdir()) / f"chatsite-test-{os.getpid()}-media"
