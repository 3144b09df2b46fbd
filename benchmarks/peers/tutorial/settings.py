"""Settings of the chat in the tutorial's shape; its server is told the rest."""

from __future__ import annotations

import os

import environ

SECRET_KEY = "of-a-site-that-lives-for-one-run-of-the-benchmark"  # noqa: S105 (nobody can reach it)
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
ROOT_URLCONF = "benchmarks.peers.tutorial.urls"
ASGI_APPLICATION = "benchmarks.peers.tutorial.asgi.application"
USE_TZ = True
DATABASES = {"default": environ.Env().db_url_config(os.environ["DATABASE_URL"])}
REDIS = {
    "address": os.environ["REDIS_URL"],
    # As redis-py was when the tutorial was written.
    "socket_timeout": None,
    "max_connections": 2**31,
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS]},
    }
}
