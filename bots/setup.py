"""`trialogue setup`: ask for what is missing, try it, and write it to `.env`."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigurationError

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from bots.doctor.report import Finding
    from bots.env_file import EnvFile
    from bots.settings import Settings

FILE = Path(".env")
SECRET_KEY_BYTES = 32
FROM_INPUT = "-"
EXTERNAL = ("POSTGRES_DSN", "POSTGRES_OWNER_DSN", "POSTGRES_HOST", "REDIS_URL", "REDIS_HOST")
"""What is set for databases that run elsewhere."""

PLACES = {
    "POSTGRES_DSN": (
        "postgresql://user:password@host:5432/database: the bot's login, which need own nothing, or"
        " the owner's where there is one login for everything (docs/databases.md, Roles)."
    ),
    "POSTGRES_OWNER_DSN": (
        "the same for the owner of the tables, who makes and updates them; leave it out where"
        " POSTGRES_DSN is the owner's."
    ),
    "REDIS_URL": "redis://user:password@host:6379/0, rediss://... or unix:///path/to/socket",
}
"""What the addresses of databases look like."""


@click.command()
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Write this one without asking anything; the value - is read from the input.",
)
def setup(*, assignments: Sequence[str]) -> None:
    """Ask for what is missing, try it, and write it to the file .env.

    What else is in the file stays. Leave at any time with Ctrl-C: nothing is written before the
    end. With --set nothing is asked, for scripts.
    """
    from bots.env_file import EnvFile

    file = EnvFile.read(FILE)
    if assignments:
        _write(file, _assigned(assignments))
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "`trialogue setup` asks questions, and its input is no terminal: use --set NAME=VALUE,"
            " once for each setting."
        )
    try:
        answers, embedded = _ask()
    except click.Abort:
        click.echo(f"\nLeft, and {FILE} is as it was.", err=True)
        raise click.exceptions.Exit(1) from None
    _write(file, answers, embedded=embedded)


def _assigned(assignments: Sequence[str]) -> Mapping[str, str]:
    """The variables of `--set`. `ConfigurationError` for one that is none of ours."""
    values: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip().upper()
        if not equals:
            raise ConfigurationError(f"--set takes NAME=VALUE, and {name or 'this'} has no value.")
        _check_name(name)
        values[name] = sys.stdin.readline().strip() if value == FROM_INPUT else value
    _check_values(values)
    return values


def _check_name(name: str) -> None:
    from difflib import get_close_matches

    from bots.settings import Settings

    ours = [field.upper() for field in Settings.model_fields]
    if name in ours:
        return
    similar = get_close_matches(name, ours, n=1)
    meant = f" Is {similar[0]} meant?" if similar else ""
    raise ConfigurationError(f"{name} is none of our settings.{meant}")


def _check_values(values: Mapping[str, str]) -> None:
    """Refuse a value that no other setting can make right."""
    from bots.doctor.forms import wrong_form
    from bots.doctor.settings import LACKS_ANOTHER
    from bots.doctor.where import WHERE
    from bots.settings import read_settings

    for name, value in values.items():
        if value and (wrong := wrong_form(name, value)):
            raise ConfigurationError(f"{wrong}: set {name} to {WHERE[name]}.")

    given = {name.lower(): value for name, value in values.items() if value}
    try:
        read_settings(_env_file=None, **given)
    except ConfigurationError as error:
        sentence = str(error)
        if LACKS_ANOTHER not in sentence and any(name in sentence for name in values):
            raise


def _write(file: "EnvFile", values: Mapping[str, str], *, embedded: bool = False) -> None:
    """Write what differs, and say what comes next."""
    changed = {name: value for name, value in values.items() if file.value(name) != value}
    if changed:
        file.with_values(changed).write()
        click.echo(f"Wrote {', '.join(changed)} to {FILE}, which only you can read.")
    else:
        click.echo(f"Nothing to write: {FILE} holds all of it.")
    for name, value in values.items():
        if value and os.environ.get(name, value) != value:
            click.echo(f"Note: {name} is set in the environment too, and that one wins.", err=True)
    option = " --embedded" if embedded else ""
    click.echo(f"Next: `trialogue doctor{option}` looks at all of it, `trialogue up{option}` runs.")


def _ask() -> tuple[Mapping[str, str], bool]:
    """Ask for everything: the answers by variable, and whether the databases are embedded."""
    from bots.doctor.report import Mark, to_line
    from bots.doctor.settings import examine_settings

    settings, findings = examine_settings()
    for finding in findings:
        if finding.mark is Mark.BROKEN:
            click.echo(to_line(finding))
    click.echo(
        f"What you answer goes to {FILE} in this directory, at the end. Enter keeps what is there;"
        " what is secret is not shown; Ctrl-C leaves and changes nothing."
    )
    interview = Interview(settings=settings)
    embedded = interview.databases()
    interview.secret_key()
    interview.slack()
    interview.discord()
    interview.telegram()
    interview.access()
    return interview.answers, embedded


@dataclass(slots=True, kw_only=True)
class Interview:
    """The questions; `settings` are those that there would be with the answers."""

    settings: "Settings"
    answers: dict[str, str] = field(default_factory=dict)

    def databases(self) -> bool:
        """Where PostgreSQL and Redis are; true for embedded ones."""
        from bots.databases import POSTGRES, POSTGRES_OWNER, REDIS

        known = self._has("POSTGRES_DSN") and self._has("REDIS_URL")
        _head("Databases")
        if click.confirm("Run PostgreSQL and Valkey here, embedded?", default=not known):
            for name in EXTERNAL:
                self._forget(name)
            return True
        self._secret("POSTGRES_DSN", POSTGRES)
        self._secret("POSTGRES_OWNER_DSN", POSTGRES_OWNER)
        self._secret("REDIS_URL", REDIS)
        return False

    def secret_key(self) -> None:
        """Make one where there is none."""
        if not self._has("SECRET_KEY"):
            self._take("SECRET_KEY", secrets.token_hex(SECRET_KEY_BYTES))
            click.echo("A SECRET_KEY is made.")

    def slack(self) -> None:
        """Its token, and a way for its events."""
        if not self._wants("Slack", "SLACK_BOT_TOKEN"):
            return
        self._secret("SLACK_BOT_TOKEN", "Slack token")
        if not self._has("SLACK_BOT_TOKEN"):
            return
        click.echo("Its events come over Socket Mode, or to an https address of this bot.")
        sockets = self._has("SLACK_APP_TOKEN") or not self._has("SLACK_SIGNING_SECRET")
        if click.confirm("Use Socket Mode, which needs no address?", default=sockets):
            self._secret("SLACK_APP_TOKEN", "Slack app token")
        else:
            self._forget("SLACK_APP_TOKEN")
            self._secret("SLACK_SIGNING_SECRET", "Slack signing secret")

    def discord(self) -> None:
        """Its token: that is all it needs."""
        if self._wants("Discord", "DISCORD_TOKEN"):
            self._secret("DISCORD_TOKEN", "Discord token")

    def telegram(self) -> None:
        """Its token: that is all it needs."""
        if self._wants("Telegram", "TELEGRAM_BOT_TOKEN"):
            self._secret("TELEGRAM_BOT_TOKEN", "Telegram token")

    def access(self) -> None:
        """Who may ask."""
        from core.accounts import Access

        _head("People")
        click.echo("members: of a connected space; invite: whom you let in; open: anybody.")
        before = self.settings.access.value
        chosen = _choose("Who may ask?", [access.value for access in Access], default=before)
        if chosen != before:
            self.answers["ACCESS"] = chosen

    def _wants(self, platform: str, token: str) -> bool:
        _head(platform)
        if self._has(token):
            return click.confirm(f"{platform} is set up. Change it?", default=False)
        return click.confirm(f"Connect {platform}?", default=False)

    def _has(self, name: str) -> bool:
        return getattr(self.settings, name.lower()) is not None

    def _take(self, name: str, value: str) -> None:
        from pydantic import SecretStr

        self.answers[name] = value
        self.settings = self.settings.model_copy(update={name.lower(): SecretStr(value)})

    def _forget(self, name: str) -> None:
        if self._has(name):
            self.answers[name] = ""
            self.settings = self.settings.model_copy(update={name.lower(): None})

    def _secret(self, name: str, subject: str) -> None:
        """Ask until it is good, or wanted all the same. Enter keeps the one that is there."""
        from bots.doctor.where import WHERE

        click.echo(f"{name} is {WHERE.get(name) or PLACES[name]}")
        before = self.settings
        while True:
            hint = "Enter keeps it" if self._has(name) else "Enter leaves it out"
            given = click.prompt(
                f"{name} (hidden, {hint})", default="", show_default=False, hide_input=True
            ).strip()
            if given:
                self._take(name, given)
            match self._verdict(subject):
                case "keep":
                    return
                case "drop":
                    self.settings = before
                    self.answers.pop(name, None)
                    return

    def _verdict(self, subject: str) -> str:
        """Try it with the doctor's check; ask what to do when something is broken."""
        from bots.doctor.report import is_broken, to_line

        findings = _examined(self.settings, subject)
        for finding in findings:
            click.echo(f"  {to_line(finding)}")
        if not is_broken(findings):
            return "keep"
        question = "Try again, keep it all the same, or drop it?"
        return _choose(question, ["again", "keep", "drop"], default="again")


def _choose(question: str, choices: Sequence[str], *, default: str) -> str:
    """Ask for one of these. What else is typed is not repeated: it may be a pasted token."""

    def one_of_them(given: str) -> str:
        if given not in choices:
            raise click.UsageError(f"Answer with {', '.join(choices)}.")
        return given

    kinds = click.Choice(choices)
    return click.prompt(question, type=kinds, value_proc=one_of_them, default=default)


def _head(title: str) -> None:
    click.echo(f"\n{click.style(title, bold=True)}")


def _examined(settings: "Settings", subject: str) -> Sequence["Finding"]:
    """What one of the doctor's checks finds, with no secret in it."""
    from bots.doctor.all import all_checks
    from bots.doctor.checks import examine
    from bots.doctor.databases import find_databases
    from bots.doctor.report import without_secrets
    from bots.doctor.where import MIGRATE
    from bots.redaction import Redaction
    from bots.running import run

    checks = all_checks(find_databases(settings, embedded=False))
    results: list[Finding] = []

    async def work() -> None:
        results.extend(await examine([one for one in checks if one.subject == subject]))

    run(work)
    redact = Redaction(settings.secrets()).text
    # What `trialogue up` mends by itself is no reason to ask again.
    return [without_secrets(one, redact) for one in results if one.cure != MIGRATE]
