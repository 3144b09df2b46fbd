"""Makes people findable by the names they have now, and tells of changes that told nobody."""

from __future__ import annotations

from chatsite.commands import SweepCommand
from conversations import directory, services


class Command(SweepCommand):
    """Servers look by themselves; this is for when many accounts were changed at once."""

    help = (
        "Look at all accounts, and settle those whose names or activity nobody told of,"
        " or of whom another release made the words by which they are found."
    )

    def sweep(self, *, dry_run: bool) -> str:
        """What ``services.look_at_people`` does, to all there are, and a look at their words."""
        found, after = 0, 0
        while True:
            ids, last = directory.unsettled_after(after, limit=services.LOOK_LIMIT)
            other = directory.misindexed(after, last)
            found += len({*ids, *other})
            if not dry_run:
                services.settle_people(ids, is_new=True)
                services.index_anew(other)
            if last is None:
                break
            after = last
        tense = "would be settled" if dry_run else "were settled"
        return f"Accounts that {tense}: {found}."
