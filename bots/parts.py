"""Which part of the bot a setting is for: a command needs those of the parts that it uses."""

from enum import StrEnum


class Part(StrEnum):
    """What settings are for."""

    POSTGRES = "postgres"
    REDIS = "redis"
    SCYLLA = "scylla"
    FILES = "files"
    COMPLETER = "completer"
    MODEL = "model"
    SERVICE = "service"
    COMMAND = "command"


BEGINNINGS = {
    "postgres_": Part.POSTGRES,
    "database_wait": Part.COMMAND,
    "redis_": Part.REDIS,
    "cache_memory": Part.REDIS,
    "scylla_": Part.SCYLLA,
    "files_": Part.FILES,
    "aws_": Part.FILES,
    "completer_": Part.COMPLETER,
    "openai_": Part.COMPLETER,
    "semantic_": Part.MODEL,
    "log_": Part.COMMAND,
    "data_dir": Part.COMMAND,
}
"""How the names of settings begin. All others are for the service."""


def part_of(name: str) -> Part:
    """The part that a setting is for, by its name in lower case."""
    for beginning, part in BEGINNINGS.items():
        if name.startswith(beginning):
            return part
    return Part.SERVICE
