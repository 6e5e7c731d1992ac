"""Files that people attach, from their platform into our store, on their account."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.stores.files.address import open_contents
from adapters.stores.postgres.files import PostgresFileRecords
from bots.clock import new_id
from bots.embedded import Addresses
from core.accounts import Access
from core.attachments import MOST, TOO_MANY, KeepAttachments, KeptAttachments
from core.errors import FileUnavailableError
from core.files import KeepFiles
from core.messages import Attachment
from core.ports.inbox import Admitted
from tests.contract.attaching import attach
from tests.contract.transports import OPEN, Transport
from tests.stores.people import Owner, open_owner
from tests.stores.replica import Replica, open_replica
from tests.stores.test_ledger import agree

CSV = b"a,b\n1,2\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A platform, its adapter, and what is behind them."""

    transport: Transport
    replica: Replica
    owner: Owner
    files: KeepFiles
    root: Path

    async def asked(self) -> Admitted:
        """The message that came in, admitted."""
        return await self.replica.admit(await self.transport.inbox.next())

    async def keep(
        self, admitted: Admitted, attachments: Sequence[Attachment] | None = None
    ) -> KeptAttachments:
        """Keep what came with the message, or something else in its place."""
        adapter = self.transport.adapter
        keep = KeepAttachments(files=self.files, adapters={adapter.platform: adapter})
        message = admitted.message
        if attachments is not None:
            message = replace(message, attachments=tuple(attachments))
        assert admitted.account is not None
        return await keep(replace(admitted, message=message), admitted.account)

    async def used(self) -> object:
        return await self.owner.one(
            "SELECT coalesce(sum(used), 0)::bigint FROM quotas WHERE resource_type = 'storage'"
        )

    def contents(self) -> int:
        return len([path for path in self.root.rglob("*") if path.is_file()])


@pytest.fixture(params=["slack-http", "discord-gateway", "telegram-polling"])
async def world(
    request: pytest.FixtureRequest, addresses: Addresses, tmp_path: Path
) -> AsyncIterator[World]:
    async with (
        OPEN[request.param](request.param) as transport,
        transport.listening(),
        open_replica(addresses, access=Access.OPEN) as replica,
        open_owner(addresses) as owner,
        open_contents((tmp_path / "files").as_uri()) as contents,
    ):
        records = PostgresFileRecords(database=replica.bot)
        files = KeepFiles(records=records, contents=contents, new_id=new_id)
        yield World(
            transport=transport,
            replica=replica,
            owner=owner,
            files=files,
            root=tmp_path / "files",
        )
        await agree(owner)


async def test_what_is_attached_is_kept_on_the_senders_account_once(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    kept = await world.keep(admitted)
    [file] = kept.files
    assert kept.refusals == ()
    assert admitted.account is not None
    assert (file.name, file.content_type, file.size) == ("figures.csv", "text/csv", len(CSV))
    assert file.user_id == admitted.account.user_id
    assert file.expires_at is not None
    assert file.expires_at - file.kept_at == timedelta(days=30)
    assert b"".join([part async for part in world.files.read(file)]) == CSV

    async with world.transport.stand_in.unreachable():  # it is not fetched again
        assert await world.keep(admitted) == kept
    assert (await world.used(), world.contents()) == (len(CSV), 1)


async def test_the_message_is_kept_with_what_is_attached(world: World) -> None:
    """A message that another replica takes over still has its files."""
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    [waiting] = await world.replica.inbox.waiting(admitted.conversation_id)
    assert waiting.message.attachments == admitted.message.attachments != ()
    assert (await world.keep(waiting)).files[0].name == "figures.csv"


async def test_a_file_that_is_larger_than_told_is_refused_and_costs_nothing(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV * 1000)
    admitted = await world.asked()
    [attachment] = admitted.message.attachments
    kept = await world.keep(admitted, attachments=(replace(attachment, size=100),))
    assert kept == KeptAttachments(
        refusals=("The file figures.csv is larger than 100 bytes: send it in parts.",)
    )
    assert (await world.used(), world.contents()) == (0, 0)


async def test_a_file_that_is_too_large_is_not_even_fetched(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    [attachment] = admitted.message.attachments
    async with world.transport.stand_in.unreachable():
        kept = await world.keep(admitted, attachments=(replace(attachment, size=2**40),))
    [refusal] = kept.refusals
    assert "figures.csv is larger than" in refusal
    assert (await world.used(), world.contents()) == (0, 0)


async def test_a_file_that_is_gone_is_told_and_the_others_are_kept(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    [attachment] = admitted.message.attachments
    gone = replace(attachment, name="../gone\x00.csv", reference=attachment.reference[:-4] + "AAAA")
    kept = await world.keep(admitted, attachments=(gone, attachment))
    assert [file.name for file in kept.files] == ["figures.csv"]
    [refusal] = kept.refusals
    assert refusal.startswith("I could not get the file gone.csv:")
    assert attachment.reference not in refusal
    assert await world.used() == len(CSV)


async def test_who_has_no_room_is_told_what_is_left(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    await world.owner.run(
        "INSERT INTO organization_pools VALUES ($1, 'storage', 5)", world.owner.organization_id
    )
    kept = await world.keep(admitted)
    assert kept.files == ()
    assert kept.refusals == (
        "There is no room for figures.csv: it takes 8 bytes, and 5 bytes of storage is left.",
    )
    assert (await world.used(), world.contents()) == (0, 0)


async def test_while_the_platform_is_away_nothing_is_kept_or_charged(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    async with world.transport.stand_in.unreachable():
        with pytest.raises(FileUnavailableError):
            await world.keep(admitted)
    assert (await world.used(), world.contents()) == (0, 0)
    assert len((await world.keep(admitted)).files) == 1


async def test_of_too_many_files_the_first_are_kept(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    [attachment] = admitted.message.attachments
    kept = await world.keep(admitted, attachments=(attachment,) * (MOST + 5))
    assert len({file.id for file in kept.files}) == MOST
    assert kept.refusals == (TOO_MANY.format(most=MOST),)


async def test_a_message_without_files_keeps_none(world: World) -> None:
    await world.transport.stand_in.ask("how?")
    assert await world.keep(await world.asked()) == KeptAttachments()


async def test_a_platform_without_files_keeps_none(world: World) -> None:
    await attach(world.transport.stand_in, "figures.csv", CSV)
    admitted = await world.asked()
    keep = KeepAttachments(files=world.files, adapters={})
    assert admitted.account is not None
    assert await keep(admitted, admitted.account) == KeptAttachments()
