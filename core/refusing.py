"""What somebody is told whom the bot does not answer."""

from typing import assert_never

from core.accounts import Access
from core.messages import Author

NO_MEMBER = (
    "I only answer people of the workspaces I am connected to. "
    "Write to me in one of their channels first, or ask an admin to add you."
)
NOT_INVITED = (
    "I only answer people who were invited, and you are not one of them yet. Please ask whoever"
    " runs me for it. This lets you in:\n\n`{command}`"
)
SUSPENDED = "Your account is suspended. Please ask an admin of your workspace."


def refusal(access: Access, author: Author) -> str:
    """Why they get no answer, and what would change that."""
    match access:
        case Access.INVITE:
            return NOT_INVITED.format(command=invitation(author))
        case Access.MEMBERS | Access.OPEN:
            return NO_MEMBER
        case _:
            assert_never(access)


def invitation(author: Author) -> str:
    """The command that lets a person in."""
    space = f" --space {author.scope}" if author.scope else ""
    return f"trialogue users invite {author.platform.value} {author.id}{space}"
