"""Text messages: sent, changed, deleted, and the signs that one is coming."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.telegram.methods.places import chat_of, own_message, replied_to, topic_of
from simulator.telegram.parameters import formatted, given_entities, inline_keyboard, number
from simulator.telegram.refusals import Json, bad_request
from simulator.telegram.world import World, shown

if TYPE_CHECKING:
    from simulator.telegram.methods import Method

TEXT_LIMIT = 4_096
CAPTION_LIMIT = 1_024
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Messages:
    """Everything the bot writes."""

    world: World

    def table(self) -> "Mapping[str, Method]":
        """The methods by name."""
        return {
            "sendMessage": self.send,
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete,
            "sendChatAction": self.action,
            "sendMessageDraft": self.draft,
            "setMessageReaction": self.react,
        }

    async def send(self, parameters: Json) -> object:
        chat = chat_of(self.world, parameters)
        return self.publish(parameters, _text(parameters, "text"), pays=chat)

    def publish(self, parameters: Json, content: Json, *, pays: object = None) -> Json:
        """Show a message of the bot with this content; `pays`: it counts for the chat's rate."""
        chat = chat_of(self.world, parameters)
        topic = topic_of(parameters, chat)
        reply = replied_to(parameters, chat)
        keyboard = inline_keyboard(parameters)
        if pays is not None:
            self.world.pace.count(chat)
        message = self.world.chats.any_message(chat, self.world.me, content, topic=topic)
        if reply is not None:
            message["reply_to_message"] = reply
        if keyboard is not None:
            message["reply_markup"] = {"inline_keyboard": keyboard}
        self.world.on_posted(shown(chat, message))
        return message

    async def edit_text(self, parameters: Json) -> object:
        return self._edit(parameters, _text(parameters, "text"))

    async def edit_caption(self, parameters: Json) -> object:
        return self._edit(parameters, captioned(parameters))

    async def edit_markup(self, parameters: Json) -> object:
        return self._edit(parameters, {})

    def _edit(self, parameters: Json, content: Json) -> Json:
        """Change a message; without `reply_markup` its buttons go."""
        chat, message = own_message(self.world, parameters, "edit")
        if "text" in content and "text" not in message:
            raise bad_request("there is no text in the message to edit")
        replaced = {"entities", "caption_entities", "reply_markup"} if content else {"reply_markup"}
        changed = {key: value for key, value in message.items() if key not in replaced} | content
        keyboard = inline_keyboard(parameters)
        if keyboard is not None:
            changed["reply_markup"] = {"inline_keyboard": keyboard}
        if {**changed, "edit_date": 0} == {**message, "edit_date": 0}:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        if content:  # other buttons alone do not make a message an edited one
            changed["edit_date"] = int(self.world.clock.now())
        chat.messages[number(parameters, "message_id", 0)] = changed
        self.world.edits.append(shown(chat, changed))
        return changed

    async def delete(self, parameters: Json) -> object:
        chat, message = own_message(self.world, parameters, "delete")
        del chat.messages[int(str(message["message_id"]))]
        self.world.deleted.append((str(chat.id), str(message["message_id"])))
        return True

    async def action(self, parameters: Json) -> object:
        chat = chat_of(self.world, parameters)
        action = str(parameters.get("action"))
        if action not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        self.world.actions.append((str(chat.id), action))
        return True

    async def draft(self, parameters: Json) -> object:
        chat = chat_of(self.world, parameters)
        if not chat.is_private:
            raise bad_request("drafts can be sent to private chats only")
        if number(parameters, "draft_id", 0) == 0:
            raise bad_request("draft_id must be non-zero")
        formatted(parameters, "text", limit=TEXT_LIMIT)
        self.world.drafts.append(dict(parameters))
        return True

    async def react(self, parameters: Json) -> object:
        chat = chat_of(self.world, parameters)
        message_id = number(parameters, "message_id", 0)
        reactions = parameters.get("reaction") or []
        if message_id not in chat.messages:
            raise bad_request("message to react not found")
        if not isinstance(reactions, list) or len(reactions) > 1:
            raise bad_request("REACTIONS_TOO_MANY")
        self.world.reactions[str(chat.id), str(message_id)] = [
            str(one.get("emoji")) for one in reactions if isinstance(one, dict)
        ]
        return True


def captioned(parameters: Json) -> Json:
    """The caption of a file, if it has one."""
    text, entities = formatted(parameters, "caption", limit=CAPTION_LIMIT)
    entities = entities or given_entities(parameters, "caption_entities")
    content: Json = {"caption": text} if text else {}
    return content | ({"caption_entities": entities} if entities else {})


def _text(parameters: Json, name: str) -> Json:
    text, entities = formatted(parameters, name, limit=TEXT_LIMIT)
    if not text.strip():
        raise bad_request("message text is empty")
    entities = entities or given_entities(parameters, "entities")
    return {"text": text, "entities": entities} if entities else {"text": text}
