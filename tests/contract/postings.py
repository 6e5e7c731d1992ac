"""What the core posts in answer to a message, and who sees it."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from core.messages import Button, Conversation, IncomingMessage, Posting
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import Posted, StandIn

BUTTONS = (Button(label="👍", value="rate:up:1"), Button(label="👎", value="rate:down:1"))


def answer_to(
    message: IncomingMessage, text: str = "Like this.", *, buttons: tuple[Button, ...] = ()
) -> Posting:
    """A reply for everybody, to the address as the database keeps it."""
    kept = message.conversation
    return Posting(
        id=uuid4(),
        message_id=uuid4(),
        conversation=Conversation.parse(kept.key, direct=kept.direct),
        conversation_id=uuid4(),
        reply_to=message.message_id,
        text=text,
        written_at=datetime.now(UTC),
        buttons=buttons,
        handle=message.handle,
    )


def private_answer_to(message: IncomingMessage, text: str, *, restarted: bool) -> Posting:
    """A reply for its author alone; a handle does not outlive a restart."""
    posting = replace(answer_to(message, text), visible_to=message.author.id)
    return replace(posting, handle=None) if restarted else posting


def is_for_alone(stand_in: StandIn, posted: Posted, person: str) -> bool:
    """Whether nobody else sees a posting: it is marked so, or in that person's own channel."""
    match stand_in:
        case SlackStandIn():
            own = posted.channel == stand_in.workspace.direct(person)
        case DiscordStandIn():
            own = stand_in.world.channels[posted.channel].person == stand_in.world.person(person)
        case _:
            own = False
    return own or posted.visible_to == person
