"""What a server streams: pieces of an answer, why it ended, and what it took."""

from pydantic import BaseModel, Field

from core.ports.completer import Spent


class Delta(BaseModel):
    """The next piece."""

    content: str | None = None


class Choice(BaseModel):
    """One answer of those that could be asked for; we ask for one."""

    delta: Delta = Field(default_factory=Delta)
    finish_reason: str | None = None


class Tokens(BaseModel):
    """What the whole answer took."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Chunk(BaseModel):
    """One event of a stream. Servers leave out what they like, and add what they like."""

    choices: list[Choice] = Field(default_factory=list)
    usage: Tokens | None = None

    @property
    def piece(self) -> str:
        """Text of the answer, empty where it holds none."""
        return "".join(choice.delta.content or "" for choice in self.choices)

    @property
    def finish(self) -> str | None:
        """Why the answer ends here; None where it goes on."""
        return next((one.finish_reason for one in self.choices if one.finish_reason), None)

    @property
    def spent(self) -> Spent | None:
        """What the answer took, where it is told."""
        if self.usage is None:
            return None
        return Spent(read=self.usage.prompt_tokens, written=self.usage.completion_tokens)
