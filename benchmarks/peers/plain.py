"""The least that a durable message takes: an INSERT, and a PUBLISH after its commit.

    DATABASE_URL=… REDIS_URL=… python -m benchmarks.peers.plain THREADS SECONDS

Prints how many a second.
"""

from __future__ import annotations

import os
import sys
import threading
import time

import psycopg
import redis

TABLE = """
CREATE TABLE IF NOT EXISTS plain_message (
    id bigserial PRIMARY KEY, conversation_id bigint NOT NULL, sequence bigint NOT NULL,
    sender_id bigint NOT NULL, client_message_id varchar(64) NOT NULL, content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (conversation_id, sequence)
)
"""

INSERT = """
INSERT INTO plain_message (conversation_id, sequence, sender_id, client_message_id, content)
VALUES (%s, %s, %s, %s, %s)
"""


def insert_and_publish(thread: int, deadline: float, counts: list[int]) -> None:
    """As one of several threads, each with connections of its own, until the deadline."""
    with (
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database,
        redis.Redis.from_url(os.environ["REDIS_URL"]) as broker,
    ):
        while time.monotonic() < deadline:
            counts[thread] += 1
            name = f"{thread}-{counts[thread]}"
            database.execute(INSERT, (thread, counts[thread], thread, name, "Hello, everybody"))
            broker.publish(f"room.{thread}", f'{{"content":"Hello, everybody","id":"{name}"}}')


def main() -> None:
    """Count for a while."""
    number, seconds = int(sys.argv[1]), float(sys.argv[2])
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        database.execute(TABLE)
        database.execute("TRUNCATE plain_message")
    counts = [0] * number
    deadline = time.monotonic() + seconds
    threads = [
        threading.Thread(target=insert_and_publish, args=(thread, deadline, counts))
        for thread in range(number)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts) / seconds)


if __name__ == "__main__":
    main()
