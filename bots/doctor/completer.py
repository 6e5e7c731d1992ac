"""The language model: its package, its server, the key, and whether the model is there."""

from collections.abc import AsyncGenerator
from importlib.util import find_spec
from urllib.parse import urlsplit

from bots.doctor.calls import Answer, ask, host_of
from bots.doctor.report import Finding, broken, ok, warning
from bots.doctor.web import is_private
from bots.doctor.where import WHERE
from bots.settings import Settings
from core.errors import UnavailableError

MODEL = "Language model"
PUBLIC = "https://api.openai.com/v1"
PACKAGE = "`pip install 'trialogue[openai]'`, or leave COMPLETER_MODEL out"
SERVER = "check OPENAI_BASE_URL and this machine's way there; answers go on without the model"
KEY = f"set OPENAI_API_KEY to {WHERE['OPENAI_API_KEY']}"
NAMED = 5  # models of the server that a line has room for


async def look_at_completer(settings: Settings, model: str) -> AsyncGenerator[Finding, None]:
    """List the server's models, which costs nothing: it is not asked to say anything."""
    if find_spec("openai") is None:
        yield broken(MODEL, "the package openai is not installed", cure=PACKAGE)
        return
    base = (settings.openai_base_url or PUBLIC).rstrip("/")
    key = settings.openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        answer = await ask(f"{base}/models", headers=headers, proxy=True)
    except UnavailableError as error:
        yield broken(MODEL, f"cannot be reached at {host_of(base)} ({error})", cure=SERVER)
        return
    yield finding_of(answer, model, base)


def finding_of(answer: Answer, model: str, base: str) -> Finding:
    """What the list of a server's models says."""
    host = host_of(base)
    if answer.status in (401, 403):
        return broken(MODEL, f"{host} refuses the key", cure=KEY)
    listed = answer.fields.get("data")
    if answer.status != 200 or not isinstance(listed, list):
        found = f"{host} does not list its models (status {answer.status})"
        return warning(MODEL, found, cure="ask the bot a question, and look for `completion`")
    names = [str(one.get("id")) for one in listed if isinstance(one, dict)]
    if model in names:
        parts = urlsplit(base)
        if parts.scheme == "https" or is_private(parts.hostname or ""):
            return ok(MODEL, f"{model} at {host}")
        found = f"{model} at {host}, without TLS: the key and the questions can be read on the way"
        return warning(MODEL, found, cure="set OPENAI_BASE_URL to its https address")
    found = f"{host} has no model {model}, but {', '.join(names[:NAMED]) or 'none'}"
    return broken(MODEL, found, cure="set COMPLETER_MODEL to one that it has")
