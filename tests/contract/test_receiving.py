"""What people write arrives: once in words, as often as it must, in order, and for the bot only."""

import asyncio
import json

from core.messages import Conversation, Kind, Platform
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.slack.workspace import BOT_USER
from simulator.standin import Asked, StandIn
from simulator.telegram import TelegramStandIn
from tests.contract.inbox import until
from tests.contract.postings import answer_to
from tests.contract.transports import Transport
from tests.journeys.platforms import all_acknowledged, ask_in_one_conversation
from tests.platforms import slack as slack_bots
from tests.platforms import telegram as telegram_bots

BOT_OF_THE_SAMPLES = "U0LAN0Z89"
TEXT = "what & why, *exactly*? <b>ö</b> 😀"


async def test_a_mention_arrives_in_its_own_words(transport: Transport) -> None:
    async with transport.listening():
        asked = await transport.stand_in.ask(TEXT)
        message = await transport.inbox.next()

    assert (message.text, message.kind) == (TEXT, Kind.MESSAGE)
    assert message.message_id == asked.id
    assert (message.conversation.platform, message.author.platform) == (
        transport.adapter.platform,
        transport.adapter.platform,
    )
    assert message.space is not None
    assert not message.conversation.direct
    assert message.conversation.channel == asked.channel


async def test_a_direct_message_arrives_in_its_own_words(transport: Transport) -> None:
    async with transport.listening():
        told = await transport.stand_in.tell(TEXT)
        message = await transport.inbox.next()

    assert (message.text, message.kind) == (TEXT, Kind.MESSAGE)
    assert (message.message_id, message.conversation.channel) == (told.id, told.channel)
    assert message.conversation.direct


async def test_a_command_begins_with_its_name(any_transport: Transport) -> None:
    async with any_transport.listening():
        asked = await any_transport.stand_in.command("/ask how, and why?")
        message = await any_transport.inbox.next()

    assert (message.text, message.kind) == ("/ask how, and why?", Kind.COMMAND)
    assert message.conversation.channel == asked.channel


async def test_an_address_can_be_stored(any_transport: Transport) -> None:
    async with any_transport.listening():
        await any_transport.stand_in.command("/ask how?")
        message = await any_transport.inbox.next()

    place = message.conversation
    assert Conversation.parse(place.key, direct=place.direct) == place


async def test_two_people_are_told_apart_and_one_is_known_again(transport: Transport) -> None:
    async with transport.listening():
        authors = []
        for person in ("ada", "grace", "ada"):
            await transport.stand_in.ask("who am I?", person=person)
            authors.append((await transport.inbox.next()).author)

    assert authors[0] == authors[2] != authors[1]


async def test_statement_22_own_words_other_bots_edits_and_joins_trigger_nothing(
    transport: Transport,
) -> None:
    async with transport.listening():
        asked = await transport.stand_in.ask("first")
        await transport.adapter.send(answer_to(await transport.inbox.next(), "our own words"))
        await disturb(transport.stand_in, asked)
        await transport.stand_in.ask("last")
        await until(lambda: "last" in transport.inbox.texts)
        await asyncio.sleep(0.1)

    assert transport.inbox.texts == ["last"]


async def test_statement_22_own_words_in_direct_messages_trigger_nothing(
    transport: Transport,
) -> None:
    """Where everything that is written is addressed to the bot."""
    async with transport.listening():
        await transport.stand_in.tell("first")
        await transport.adapter.send(answer_to(await transport.inbox.next(), "our own words"))
        await transport.stand_in.tell("last")
        await until(lambda: "last" in transport.inbox.texts)
        await asyncio.sleep(0.1)

    assert transport.inbox.texts == ["last"]


async def disturb(stand_in: StandIn, asked: Asked) -> None:
    """Write as another bot, change a message, and come into the channel."""
    match stand_in:
        case SlackStandIn():
            for name in ("other_bot", "edited_mention", "channel_join"):
                sample = json.dumps(slack_bots.sample(f"ignored_{name}")["event"])
                stand_in.announce(json.loads(sample.replace(BOT_OF_THE_SAMPLES, BOT_USER)))
            await stand_in.join(person="grace")
        case DiscordStandIn():
            mention = f"<@{stand_in.world.bot.id}>"
            other = {**stand_in.world.person("grace").to_json(), "bot": True}
            stand_in.say(f"{mention} from a bot", author=other)
            stand_in.say(f"{mention} joined", type=7)
            stand_in.edit(asked, f"{mention} first, edited")
        case TelegramStandIn():
            for name in ("other_bot", "join"):
                update = telegram_bots.sample(f"ignored_{name}")
                stand_in.updates.put("message", update["message"])
            stand_in.edit(asked, f"@{stand_in.username} first, edited")
            stand_in.invite()
        case _:
            raise AssertionError(stand_in)


async def test_copies_of_a_message_have_one_key(transport: Transport) -> None:
    async with transport.listening():
        await transport.stand_in.ask("once", copies=3)
        await transport.stand_in.ask("another")
        await until(lambda: len(transport.inbox.taken) >= 4)

    assert sorted(transport.inbox.texts) == ["another", "once"]
    assert [message.text for message in transport.inbox.taken].count("once") >= 3


async def test_copies_of_a_command_have_one_key(any_transport: Transport) -> None:
    async with any_transport.listening():
        await any_transport.stand_in.command("/ask once", copies=2)
        await until(lambda: len(any_transport.inbox.taken) == 2)

    assert any_transport.inbox.texts == ["/ask once"]


async def test_a_conversation_is_handed_over_in_order(transport: Transport) -> None:
    """A message that takes long to commit is not overtaken."""
    transport.inbox.seconds = 0.03
    async with transport.listening():
        root = await transport.stand_in.ask("0")
        for number in range(1, 8):
            await ask_in_one_conversation(transport.stand_in, str(number), root)
            await asyncio.sleep(0.01)
        await transport.inbox.count(8)

    assert transport.inbox.texts == [str(number) for number in range(8)]


async def test_what_could_not_be_committed_is_not_acknowledged_and_comes_again(
    transport: Transport,
) -> None:
    inbox = transport.inbox
    async with transport.listening():
        await transport.mentioned("before")
        await until(lambda: all_acknowledged(transport.stand_in))
        inbox.available = False
        await transport.stand_in.ask("meanwhile")
        await until(lambda: inbox.refused)
        if transport.adapter.platform is not Platform.DISCORD:
            assert not all_acknowledged(transport.stand_in)
        inbox.available = True
        await inbox.count(1)
        await until(lambda: all_acknowledged(transport.stand_in))

    assert inbox.texts == ["meanwhile"]
    keys = {message.dedupe_key for message in (*inbox.refused, *inbox.received)}
    assert len(keys) == 1


async def test_all_that_was_written_meanwhile_comes_and_its_order_can_be_told(
    transport: Transport,
) -> None:
    """Slack delivers again in no promised order, but says when each was written."""
    inbox = transport.inbox
    async with transport.listening():
        root = await transport.stand_in.ask("before")
        await inbox.next()
        inbox.available = False
        for number in range(3):
            await ask_in_one_conversation(transport.stand_in, str(number), root)
            await asyncio.sleep(0.01)
        await until(lambda: inbox.refused)
        inbox.available = True
        await inbox.count(3)

    if transport.adapter.platform is Platform.SLACK:
        inbox.received.sort(key=lambda message: message.sent_at)
    assert inbox.texts == ["0", "1", "2"]


async def test_what_could_not_be_committed_comes_again_after_a_restart(
    transport: Transport,
) -> None:
    inbox = transport.inbox
    async with transport.listening():
        await transport.stand_in.ask("before")
        await inbox.count(1)
        inbox.available = False
        await transport.stand_in.ask("meanwhile")
        await until(lambda: inbox.refused)
    inbox.available = True
    async with transport.listening():
        await until(lambda: "meanwhile" in inbox.texts)

    again = next(message for message in inbox.received if message.text == "meanwhile")
    assert again.dedupe_key == inbox.refused[0].dedupe_key


async def test_who_gave_a_command_that_could_not_be_committed_is_told_or_gets_it_again(
    any_transport: Transport,
) -> None:
    """Slack and Discord deliver a command once; Telegram again."""
    inbox, stand_in = any_transport.inbox, any_transport.stand_in
    inbox.available = False
    async with any_transport.listening():
        await stand_in.command("/ask how?")
        await until(lambda: inbox.refused)
        inbox.available = True
        await until(lambda: inbox.received or stand_in.posted)

    if any_transport.adapter.platform is Platform.TELEGRAM:
        assert inbox.received[0].dedupe_key == inbox.refused[0].dedupe_key
    else:
        (told,) = stand_in.posted
        assert (told.visible_to, "try again" in told.text) == ("ada", True)
