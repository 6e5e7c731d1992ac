"""What goes wrong on a platform, in the words of each stand-in."""

from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn


def slow_down(stand_in: StandIn, *, seconds: int) -> None:
    """Answer the next posting with a 429."""
    match stand_in:
        case SlackStandIn():
            stand_in.fail_next(status=429, error="ratelimited", retry_after=seconds)
        case DiscordStandIn():
            stand_in.fail_next(429, retry_after=seconds)
        case TelegramStandIn():
            stand_in.fail_next(status=429, retry_after=seconds)


def refuse_the_format(stand_in: StandIn, *, count: int = 1) -> None:
    """Refuse how the next postings are formatted."""
    match stand_in:
        case SlackStandIn():
            stand_in.fail_next(error="invalid_blocks", count=count)
        case DiscordStandIn():
            stand_in.fail_next(400, code=50035, count=count)
        case TelegramStandIn():
            stand_in.fail_next(
                status=400, description="Bad Request: can't parse entities", count=count
            )


def forbid(stand_in: StandIn) -> None:
    """Let the place of the next posting be closed to the bot."""
    match stand_in:
        case SlackStandIn():
            stand_in.fail_next(error="channel_not_found")
        case DiscordStandIn():
            stand_in.fail_next(403, code=50013)
        case TelegramStandIn():
            stand_in.fail_next(status=403, description="Forbidden: bot was blocked by the user")


def revoke_the_token(stand_in: StandIn) -> None:
    """Let every call with the bot's token be refused from now on."""
    match stand_in:
        case SlackStandIn():
            stand_in.api.token_error = "token_revoked"
        case DiscordStandIn():
            stand_in.api.token = "another"
        case TelegramStandIn():
            stand_in.api.token = "1:another"


def calls(stand_in: StandIn) -> int:
    """How often the bot has called the platform, whatever the answer was."""
    match stand_in:
        case SlackStandIn():
            return len(stand_in.api.calls)
        case DiscordStandIn():
            return len(stand_in.api.requests)
        case TelegramStandIn():
            return len(stand_in.api.arrivals)
        case _:
            raise AssertionError(stand_in)


def attempts_to_post(stand_in: StandIn) -> int:
    """How often the bot has tried to post."""
    match stand_in:
        case SlackStandIn():
            return stand_in.api.calls.count("chat.postMessage")
        case DiscordStandIn():
            posts = [call for call in stand_in.api.requests if call.method == "POST"]
            return sum(call.path.endswith("/messages") for call in posts)
        case TelegramStandIn():
            return stand_in.api.arrivals.count("sendMessage")
        case _:
            raise AssertionError(stand_in)
