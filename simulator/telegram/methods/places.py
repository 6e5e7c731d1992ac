"""Where a message of the bot goes: chat, topic and the message it replies to."""

from collections.abc import Mapping

from simulator.telegram.chats import Chat
from simulator.telegram.parameters import number
from simulator.telegram.refusals import Json, RefusedError, bad_request
from simulator.telegram.world import World


def chat_of(world: World, parameters: Mapping[str, object]) -> Chat:
    """The chat, when the bot may write there."""
    chat = world.chats.find(number(parameters, "chat_id", 0))
    if chat is None:
        person = world.chats.person_by_id(number(parameters, "chat_id", 0))
        if person is not None:
            raise RefusedError(403, "Forbidden: bot can't initiate conversation with a user")
        raise bad_request("chat not found")
    if chat.moved_to is not None:
        raise RefusedError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=chat.moved_to,
        )
    if chat.closed:
        raise RefusedError(403, f"Forbidden: {chat.closed}")
    return chat


def topic_of(parameters: Mapping[str, object], chat: Chat) -> int | None:
    """The topic, None outside one."""
    topic = number(parameters, "message_thread_id", 0)
    if topic and topic not in chat.topics:
        raise bad_request("message thread not found")
    return topic or None


def replied_to(parameters: Mapping[str, object], chat: Chat) -> Json | None:
    """The message replied to, None when there is none or it may be missing."""
    reply = parameters.get("reply_parameters")
    if not isinstance(reply, dict):
        return None
    if number(reply, "chat_id", chat.id) != chat.id:
        raise bad_request("replies to other chats are not served by this stand-in")
    message = chat.messages.get(number(reply, "message_id", 0))
    if message is not None:
        return {key: value for key, value in message.items() if key != "reply_to_message"}
    if reply.get("allow_sending_without_reply") is True:
        return None
    raise bad_request("message to be replied not found")


def own_message(world: World, parameters: Mapping[str, object], doing: str) -> tuple[Chat, Json]:
    """A message of the bot that is to be changed."""
    chat = chat_of(world, parameters)
    message = chat.messages.get(number(parameters, "message_id", 0))
    if message is None:
        raise bad_request(f"message to {doing} not found")
    if message.get("from") != world.me:
        raise bad_request(f"message can't be {'edited' if doing == 'edit' else 'deleted'}")
    return chat, message
