"""People: what they have used of what they may do, and how they are found."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from chatsite.realtime.bidi import isolated
from conversations.lookalikes import MAX_SKELETON


class Allowance(models.Model):
    """What somebody has used of what they may do in a day, and at once. The row is the lock under
    which they start conversations and let people in, one after another."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="allowance",
    )
    began_at = models.DateTimeField()
    """When the day began: with the first that they did after the day before."""
    conversations = models.PositiveIntegerField(default=0)
    """Conversations that they started since."""
    additions = models.PositiveIntegerField(default=0)
    """People whom they let into conversations since, those they started included."""
    paced_until = models.DateTimeField(null=True)
    """When all that they did will have counted for long enough: each start, and each addition,
    puts it off by ``CONVERSATION_INTERVAL``."""

    def __str__(self) -> str:
        return f"{isolated(str(self.user))} since {self.began_at:%Y-%m-%d %H:%M:%S}"


class KnownPerson(models.Model):
    """An account as it was last told of and made findable. Where the account is another by now,
    something changed it that told nobody: ``QuerySet.update()``, SQL."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="known",
    )
    name = models.TextField()
    """What others call them: ``outbound.name_of``."""
    username = models.TextField()
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    is_active = models.BooleanField()
    skeleton = models.CharField(max_length=MAX_SKELETON, blank=True, default="", db_default="")
    """Of the user name: ``lookalikes.skeleton``. Empty: an earlier release made the row."""
    version = models.PositiveBigIntegerField(default=0)
    """Which of all changes of names on the site was the last of theirs; 0: there was none."""

    class Meta:
        verbose_name_plural = "known people"
        indexes: ClassVar = [
            models.Index(
                fields=["version"], name="person_changed", condition=models.Q(version__gt=0)
            ),
            models.Index(fields=["skeleton"], name="person_looks"),
        ]

    def __str__(self) -> str:
        return self.name


class NameWord(models.Model):
    """A word by which an active person is found, as ``namewords`` makes it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="name_words",
        # The constraint's index begins with it.
        db_index=False,
    )
    word = models.BinaryField(max_length=64)
    letters = models.BigIntegerField()
    """``letters_of`` all words of the person, so that most who lack another word that is looked
    for are passed by in the index itself."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["word", "user", "letters"], name="person_by_word")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "word"], name="name_word_once")
        ]

    def __str__(self) -> str:
        return bytes(self.word).decode(errors="replace")
