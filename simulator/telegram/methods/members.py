"""Who is who in a chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.telegram.chats import Chat
from simulator.telegram.methods.places import chat_of
from simulator.telegram.parameters import number
from simulator.telegram.refusals import Json, bad_request
from simulator.telegram.world import World

if TYPE_CHECKING:
    from simulator.telegram.methods import Method

RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_pin_messages", "can_manage_topics",
)  # fmt: skip
ADMINS = frozenset({"creator", "administrator"})


@dataclass(frozen=True, slots=True)
class Members:
    """Members and admins of groups; whoever was seen is a member unless told otherwise."""

    world: World

    def table(self) -> "Mapping[str, Method]":
        """The methods by name."""
        return {
            "getChatMember": self.get_member,
            "getChatAdministrators": self.get_administrators,
            "getChatMemberCount": self.count,
        }

    async def get_member(self, parameters: Json) -> object:
        chat = chat_of(self.world, parameters)
        number_ = number(parameters, "user_id", 0)
        user = self._user(number_)
        if user is None:
            raise bad_request("PARTICIPANT_ID_INVALID")
        return member(user, chat.statuses.get(number_, "member"))

    async def get_administrators(self, parameters: Json) -> object:
        chat = chat_of(self.world, parameters)
        if chat.is_private:
            raise bad_request("there are no administrators in the private chat")
        users = {number_: self._user(number_) for number_ in _admins(chat)}
        return [member(user, chat.statuses[one]) for one, user in users.items() if user]

    async def count(self, parameters: Json) -> object:
        chat = chat_of(self.world, parameters)
        authors = {str(one.get("from")) for one in chat.messages.values() if "from" in one}
        return len(authors | {str(self.world.me)})

    def _user(self, number_: int) -> Json | None:
        if number_ == self.world.me["id"]:
            return self.world.me
        return self.world.chats.person_by_id(number_)


def member(user: Json, status: str) -> Json:
    """Telegram's `ChatMember`; libraries insist on every field of an administrator."""
    described: Json = {"user": user, "status": status}
    if status == "creator":
        described["is_anonymous"] = False
    elif status == "administrator":
        described |= {"can_be_edited": False, "is_anonymous": False}
        described |= dict.fromkeys(RIGHTS, True)
    elif status == "kicked":
        described["until_date"] = 0
    return described


def _admins(chat: Chat) -> list[int]:
    return [one for one, status in chat.statuses.items() if status in ADMINS]
