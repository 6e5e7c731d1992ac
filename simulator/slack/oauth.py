"""Installing the app: https://docs.slack.dev/authentication/installing-with-oauth."""

import secrets
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web

from simulator.slack.calls import RefusalError, read_arguments
from simulator.slack.clock import SimulatedClock
from simulator.slack.workspace import APP, BOT_USER, TEAM, Json

PATH = "/oauth/v2/authorize"
CODE_LASTS = 600.0


@dataclass(slots=True, kw_only=True)
class OAuth:
    """One person at the consent page: they agree, unless told to `decline`."""

    token: str
    clock: SimulatedClock
    client_id: str = "1111111111.2222222222"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    decline: bool = False
    _codes: dict[str, tuple[float, Json]] = field(default_factory=dict)

    async def authorize(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve the consent page: back to the app with a code and the state it came with."""
        asked = request.query
        target = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.client_id or not target:
            return web.Response(status=400, text="invalid_client_id or no redirect_uri")
        answer = {"state": asked.get("state", "")}
        if self.decline:
            answer["error"] = "access_denied"
        else:
            code = answer["code"] = f"{TEAM}.{secrets.token_hex(16)}"
            self._codes[code] = self.clock.now() + CODE_LASTS, dict(asked)
        return web.Response(status=302, headers={"Location": f"{target}?{urlencode(answer)}"})

    async def access(self, request: web.BaseRequest) -> Json:
        """Serve `oauth.v2.access`: a code is good once, for ten minutes."""
        arguments = await read_arguments(request) or {}
        client, secret = _credentials(request.headers, arguments)
        if client != self.client_id:
            raise RefusalError("invalid_client_id")
        if secret != self.client_secret:
            raise RefusalError("bad_client_secret")
        until, asked = self._codes.pop(str(arguments.get("code")), (0.0, {}))
        if until < self.clock.now():
            raise RefusalError("invalid_code")
        if arguments.get("redirect_uri", asked["redirect_uri"]) != asked["redirect_uri"]:
            raise RefusalError("bad_redirect_uri")
        return {
            "app_id": APP,
            "authed_user": {"id": "U000000001"},
            "scope": asked.get("scope", ""),
            "token_type": "bot",
            "access_token": self.token,
            "bot_user_id": BOT_USER,
            "team": {"id": TEAM, "name": "Trialogue"},
            "enterprise": None,
            "is_enterprise_install": False,
        }


def _credentials(headers: Mapping[str, str], arguments: Json) -> tuple[object, object]:
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return arguments.get("client_id"), arguments.get("client_secret")
    client, _, secret = b64decode(encoded).decode().partition(":")
    return client, secret
