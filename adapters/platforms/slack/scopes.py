"""What the app may do in a workspace: the scopes of its bot token, and why each is there.

https://docs.slack.dev/reference/scopes
"""

from collections.abc import Mapping

REQUIRED_SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hear the messages that mention the bot",
    "chat:write": "answer, and show that an answer is under way",
    "commands": "be asked by /ask, /help and /usage",
    "im:history": "hear what is written to the bot directly",
    "im:write": "answer one person alone, where a channel does not let the bot",
}
"""Without one of these something that people see does not work."""

OPTIONAL_SCOPES: Mapping[str, str] = {
    "channels:history": "look up a posting that was cut off in a channel before it is sent again",
    "groups:history": "look up a posting that was cut off in a private channel",
    "files:read": "learn from the files that admins attach to a message",
    "assistant:write": "be listed among Slack's agents, which Slack asks for itself",
}
"""Everything works without these; some of it better with them."""

SOCKET_SCOPE = "connections:write"
"""The scope of the app-level token, SLACK_APP_TOKEN, for Socket Mode."""
