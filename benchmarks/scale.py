"""How much of everything: a whole run, a quick one, and one for tests that only must work."""

from __future__ import annotations

import msgspec


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a run. Durations are in seconds."""

    rounds: int
    """How often each server has its turn; the median counts."""
    seconds: float
    """How long a turn lasts."""
    room: int
    """Members of the one conversation of rows 1 and 2."""
    burst: int
    """How many of them begin to type at once."""
    idle: int
    rest: float
    """How long nothing happens before memory is looked at."""
    storm: int
    conversations: int
    """How many each person of the storm is in."""
    connections: tuple[int, int]
    """Few and many of them, for what must not grow with them."""
    window: float
    """How long SQL writes are counted."""
    people: int
    stale: int
    hot: int
    pairs: int
    quiet_events: int
    viewers: int
    processes: tuple[int, ...]
    shards: int
    """Redis servers, for the last of these."""
    daphne: bool
    """Whether rows 3 and 8 have this project under daphne too."""
    growth: tuple[int, ...]
    """Members for the curves of growth."""
    growth_conversations: tuple[int, ...]
    growth_typists: tuple[int, ...]
    """People who type in one process at the same time."""


FULL = Scale(
    rounds=4,
    seconds=2.0,
    room=1000,
    burst=200,
    idle=5000,
    rest=3.0,
    storm=2000,
    conversations=20,
    connections=(100, 2000),
    window=12.0,
    people=1_000_000,
    stale=10_000,
    hot=200,
    pairs=200,
    quiet_events=600,
    viewers=1000,
    processes=(1, 2, 4),
    shards=2,
    daphne=True,
    growth=(10, 30, 100, 300, 1000, 3000, 5000),
    growth_conversations=(1, 10, 30, 100, 300, 1000),
    growth_typists=(100, 300, 1000, 3000, 10_000),
)

QUICK = Scale(
    rounds=2,
    seconds=1.0,
    room=300,
    burst=60,
    idle=600,
    rest=0.5,
    storm=200,
    conversations=20,
    connections=(50, 300),
    window=3.0,
    people=20_000,
    stale=1_000,
    hot=200,
    pairs=50,
    quiet_events=150,
    viewers=300,
    processes=(1, 2),
    shards=1,
    daphne=False,
    growth=(10, 30, 100, 300),
    growth_conversations=(1, 10, 100),
    growth_typists=(100, 1000, 10_000),
)

TINY = Scale(
    rounds=1,
    seconds=0.2,
    room=8,
    burst=3,
    idle=6,
    rest=0.1,
    storm=6,
    conversations=2,
    connections=(2, 4),
    window=0.5,
    people=200,
    stale=20,
    hot=4,
    pairs=2,
    quiet_events=5,
    viewers=4,
    processes=(1,),
    shards=2,
    daphne=True,
    growth=(5,),
    growth_conversations=(1,),
    growth_typists=(100, 1000),
)
