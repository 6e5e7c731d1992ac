"""`trialogue kb`: bring knowledge in, look at it, change it, take changes back."""

import click

from bots.importing import import_knowledge
from bots.kb.asking import explain, gaps, popular, search
from bots.kb.caching import cache
from bots.kb.editing import add, edit, remove
from bots.kb.listing import export, list_entries
from bots.kb.reviewing import review
from bots.kb.revisions import history, redo, undo
from bots.model import model

COMMANDS = (
    *(import_knowledge, export, list_entries, add, edit, remove),
    *(history, undo, redo, review, search, explain, gaps, popular, cache, model),
)


@click.group()
def kb() -> None:
    """Bring knowledge in, look at it, change it, try a question on it."""


for command in COMMANDS:
    kb.add_command(command)
