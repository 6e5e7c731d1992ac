"""Everything that can go wrong, sorted by who has to know."""

from datetime import timedelta


class BotError(Exception):
    """The root of our own errors."""


class UserError(BotError):
    """Something a person can mend: the text says what, and goes to them."""


class SlowedError(BotError):
    """Somebody asks faster than they may. `tell`: they have not been told so for a while."""

    def __init__(self, *, tell: bool) -> None:
        super().__init__("too many questions in a short time")
        self.tell = tell


class ConfigurationError(UserError):
    """A setting is missing or wrong: the text names it and the cure."""


class UnavailableError(BotError):
    """A store cannot be reached now; nothing was written, or it is safe to try again."""


class UnstorableError(BotError):
    """A store refuses this very item: the same again cannot succeed."""


class PlatformError(BotError):
    """A platform did not take a posting."""


class RateLimitedError(PlatformError):
    """The platform asks to wait. Nothing was posted."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"try again in {retry_after.total_seconds():g} s")
        self.retry_after = retry_after


class NotPostedError(PlatformError):
    """Nothing was posted for a passing reason (connection refused, 5xx that says so): try again."""


class RejectedError(PlatformError):
    """The platform refused this posting for good."""


class FormatRejectedError(RejectedError):
    """The platform refused the formatting: the same text may pass as plain text."""


class TokenRejectedError(RejectedError):
    """The platform refused our token: no call with it can succeed."""


class FileUnavailableError(PlatformError):
    """A file cannot be had from the platform just now: try again."""


class FileRefusedError(PlatformError):
    """The platform does not give us this file, now or later."""


class UnconfirmedError(PlatformError):
    """The request was written and no answer came: it may have been posted, or not."""
