"""The siege: two real servers with PostgreSQL and Redis, and one client, process or service at a
time that does its worst, while others only want to chat.

    python -m tests.siege
    python -m tests.siege catchups floods --seconds 20
"""
