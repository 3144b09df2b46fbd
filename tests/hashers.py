"""How passwords are hashed on the sites of the tests: as on every other, and quickly."""

from __future__ import annotations

from chatsite.signin.hashing import PatientHasher


class QuickHasher(PatientHasher):
    """What takes a third of a second elsewhere takes next to nothing here."""

    iterations = 1
