"""Forms in which a password is chosen: what is wrong with it stands under it.

Django says it under the repetition, where only a difference of the two belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm, UserCreationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from conversations.directory import looks_taken

if TYPE_CHECKING:
    SignUpFormBase = UserCreationForm[User]
    SetPasswordFormBase = SetPasswordForm[User]
else:
    SignUpFormBase = UserCreationForm
    SetPasswordFormBase = SetPasswordForm


class SignUpForm(SignUpFormBase):
    """A name, and a password twice."""

    def clean_username(self) -> str:
        """The name, unless people would take it for that of somebody else."""
        username = super().clean_username()
        # Of a name that is refused already nothing is left.
        if username and looks_taken(username):
            raise ValidationError(
                gettext("This name looks like that of somebody else. Please choose another."),
                code="looks_taken",
            )
        return username

    def validate_password_for_user(self, user: User, **_: Any) -> None:
        """The rules of passwords, of the first field."""
        # The stubs do not know it of this form.
        super().validate_password_for_user(user, "password1")  # type: ignore[misc]


class NewPasswordForm(SetPasswordFormBase):
    """A password twice."""

    def validate_password_for_user(self, user: User, *_: Any) -> None:
        """The rules of passwords, of the first field."""
        super().validate_password_for_user(user, "new_password1")


class ChangedPasswordForm(NewPasswordForm, PasswordChangeForm):
    """The password as it is, and a new one twice."""


class PasswordChange(PasswordChangeView):
    """Choose another password."""

    form_class = ChangedPasswordForm


class PasswordReset(PasswordResetConfirmView):
    """Choose a password by a link that came by mail."""

    form_class = NewPasswordForm
