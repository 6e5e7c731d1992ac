"""As many postings as Slack takes: https://docs.slack.dev/apis/web-api/rate-limits.

About one a second and channel, with short bursts, and some hundred a minute and workspace.
"""

from core.messages import Conversation
from core.ports.budgets import Pace, Window

# A little slower than Slack asks for: not all postings take as long to get there.
PACE = Pace(
    chat=(Window(limit=3, seconds=3.15),),
    bot=(Window(limit=300, seconds=60.5),),
)


def pace_of(_chat: Conversation) -> Pace:
    """The same in every channel."""
    return PACE
