"""Slack: the tokens, what they allow, and the clock that its signatures go by."""

from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime

from adapters.platforms.slack.errors import TOKEN_CODES
from adapters.platforms.slack.scopes import OPTIONAL_SCOPES, REQUIRED_SCOPES, SOCKET_SCOPE
from bots.doctor.calls import Answer, ask, host_of
from bots.doctor.forms import wrong_form
from bots.doctor.report import Finding, broken, ok, warning
from bots.doctor.where import SLACK_APPS, WHERE
from bots.settings import Settings
from core.errors import UnavailableError

TOKEN, APP_TOKEN, SECRET = "Slack token", "Slack app token", "Slack signing secret"
SCOPES, CLOCK = "Slack scopes", "Slack clock"
SECONDS_APART = 60.0
EXPIRES = 300
SCOPES_HEADER = "X-OAuth-Scopes"
GET_BOT_TOKEN = f"set SLACK_BOT_TOKEN to {WHERE['SLACK_BOT_TOKEN']}"
GET_APP_TOKEN = f"set SLACK_APP_TOKEN to {WHERE['SLACK_APP_TOKEN']}"
MEANINGS = {
    "invalid_auth": "it is not, or no longer, a token",
    "account_inactive": "the app was removed from the workspace",
    "token_revoked": "the token was revoked",
    "token_expired": "the token has expired",
}


async def look_at_slack(settings: Settings) -> AsyncGenerator[Finding, None]:
    """The bot token, and everything that Slack's answer tells besides."""
    if settings.slack_bot_token is None:
        return
    token = settings.slack_bot_token.get_secret_value()
    if wrong := wrong_form("SLACK_BOT_TOKEN", token):
        yield broken(TOKEN, wrong, cure=GET_BOT_TOKEN)
        return
    try:
        answer = await _call(settings, "auth.test", token)
    except UnavailableError as error:
        yield _unreachable(TOKEN, settings, error)
        return
    yield _identity(answer)
    if answer.fields.get("ok") is True:
        yield _scopes(answer)
    for finding in _clock(answer):
        yield finding


async def look_at_app_token(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Ask for a socket's address, and open none."""
    if settings.slack_app_token is None:
        return
    token = settings.slack_app_token.get_secret_value()
    if wrong := wrong_form("SLACK_APP_TOKEN", token):
        yield broken(APP_TOKEN, wrong, cure=GET_APP_TOKEN)
        return
    try:
        answer = await _call(settings, "apps.connections.open", token)
    except UnavailableError as error:
        yield _unreachable(APP_TOKEN, settings, error)
        return
    error_code = str(answer.fields.get("error", f"status {answer.status}"))
    if answer.fields.get("ok") is True:
        yield ok(APP_TOKEN, f"Socket Mode is open to it ({SOCKET_SCOPE})")
    elif error_code == "missing_scope":
        found = f"SLACK_APP_TOKEN lacks {SOCKET_SCOPE}"
        yield broken(APP_TOKEN, found, cure=GET_APP_TOKEN)
    elif error_code == "socket_mode_not_enabled":
        cure = f"switch Socket Mode on at {SLACK_APPS}, your app, Socket Mode"
        yield broken(APP_TOKEN, "Socket Mode is switched off", cure=cure)
    else:
        yield _refused(APP_TOKEN, "SLACK_APP_TOKEN", error_code, GET_APP_TOKEN)


async def look_at_signing_secret(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Its shape: only Slack's next event shows whether it is the right one."""
    if settings.slack_signing_secret is None or settings.slack_bot_token is None:
        return
    given = settings.slack_signing_secret.get_secret_value()
    if wrong := wrong_form("SLACK_SIGNING_SECRET", given):
        yield broken(SECRET, wrong, cure=f"set it to {WHERE['SLACK_SIGNING_SECRET']}")
    else:
        yield ok(SECRET, "has the right form; only an event shows whether it is the right one")


async def _call(settings: Settings, method: str, token: str) -> Answer:
    return await ask(
        f"{settings.slack_api_url.rstrip('/')}/{method}",
        method="POST",
        headers={"Authorization": f"Bearer {token}"},
        proxy=True,
    )


def _identity(answer: Answer) -> Finding:
    said = answer.fields
    if said.get("ok") is True:
        return ok(TOKEN, f"good for @{said.get('user')} in {said.get('team')}")
    error_code = str(said.get("error", f"status {answer.status}"))
    return _refused(TOKEN, "SLACK_BOT_TOKEN", error_code, GET_BOT_TOKEN)


def _refused(subject: str, name: str, error_code: str, cure: str) -> Finding:
    if error_code == "ratelimited" or error_code.startswith("status 5"):
        found = f"Slack could not say whether {name} is good ({error_code})"
        return warning(subject, found, cure="ask again in a minute")
    if error_code not in TOKEN_CODES and error_code != "not_allowed_token_type":
        return broken(subject, f"Slack refuses the question about {name}: {error_code}", cure=cure)
    meaning = MEANINGS.get(error_code)
    return broken(
        subject,
        f"Slack refuses {name}: {error_code}" + (f", {meaning}" if meaning else ""),
        cure=cure,
    )


def _scopes(answer: Answer) -> Finding:
    header = answer.headers.get(SCOPES_HEADER)
    if header is None:
        cure = f"look at {SLACK_APPS}, your app, OAuth & Permissions"
        return warning(SCOPES, "Slack did not say which are granted", cure=cure)
    granted = {scope.strip() for scope in header.split(",")}
    missing = [scope for scope in REQUIRED_SCOPES if scope not in granted]
    if missing:
        needed = "; ".join(f"{scope} (to {REQUIRED_SCOPES[scope]})" for scope in missing)
        cure = (
            f"add {', '.join(missing)} at {SLACK_APPS}, your app, OAuth & Permissions,"
            " Bot Token Scopes, then reinstall the app there"
        )
        return broken(SCOPES, f"missing {needed}", cure=cure)
    optional = [scope for scope in OPTIONAL_SCOPES if scope not in granted]
    found = "all that are needed are granted"
    return ok(SCOPES, f"{found}, without {', '.join(optional)}" if optional else found)


def _clock(answer: Answer) -> Iterator[Finding]:
    """Slack's clock; signatures are refused when the clocks are minutes apart."""
    ahead = answer.seconds_apart(datetime.now(UTC))
    if ahead is None:
        return
    found = f"{abs(ahead):.0f} s apart from Slack's"
    if abs(ahead) <= SECONDS_APART:
        yield ok(CLOCK, found)
        return
    cure = "set this machine's clock, for example `timedatectl set-ntp true`"
    if abs(ahead) > EXPIRES:
        found += f"; every event is refused from {EXPIRES} s on"
        yield broken(CLOCK, found, cure=cure)
    else:
        yield warning(CLOCK, f"{found}; events are refused from {EXPIRES} s on", cure=cure)


def _unreachable(subject: str, settings: Settings, error: UnavailableError) -> Finding:
    found = f"Slack cannot be reached at {host_of(settings.slack_api_url)} ({error})"
    cure = "check this machine's way there (firewall, HTTPS_PROXY), and SLACK_API_URL if it is set"
    return broken(subject, found, cure=cure)
