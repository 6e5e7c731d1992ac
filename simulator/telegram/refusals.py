"""What a Bot API server answers when it does not do what it was asked."""

Json = dict[str, object]


class RefusedError(Exception):
    """An answer that is not `ok`."""

    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code = code
        self.parameters = parameters


def bad_request(description: str) -> RefusedError:
    """The refusal of most mistakes."""
    return RefusedError(400, f"Bad Request: {description}")
