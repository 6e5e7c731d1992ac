"""`trialogue doctor` against ScyllaDB, well and broken."""

from pathlib import Path

from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.migrate import newest
from tests.bots.doctor import doctor, without_databases
from tests.cql import environment, new_keyspace
from tests.ports import free_port


async def test_what_is_well_is_said(tmp_path: Path, scylla: ScyllaAddress) -> None:
    report = await doctor(tmp_path, without_databases(environment(scylla)))
    assert report.line("ScyllaDB").startswith("ok ")
    assert report.line("ScyllaDB").endswith(f"at {scylla.place}, 1 node")
    assert f"keyspace {scylla.keyspace} is at version {newest()}" in report.line("ScyllaDB schema")
    assert report.code == 0


async def test_a_keyspace_that_is_not_there_has_its_cure(
    tmp_path: Path, scylla: ScyllaAddress
) -> None:
    elsewhere = {**environment(scylla), "SCYLLA_KEYSPACE": new_keyspace()}
    report = await doctor(tmp_path, without_databases(elsewhere))
    assert "is at version 0, this program needs" in report.line("ScyllaDB schema")
    assert "`trialogue migrate`" in report.line("ScyllaDB schema")
    assert report.code == 1


async def test_one_that_is_down_is_named(tmp_path: Path) -> None:
    port = free_port()
    nowhere = {"SCYLLA_HOST": "127.0.0.1", "SCYLLA_PORT": str(port)}
    report = await doctor(tmp_path, without_databases(nowhere))
    assert f"cannot be reached at 127.0.0.1:{port}" in report.line("ScyllaDB")
    assert "SCYLLA_HOST" in report.line("ScyllaDB")
    assert report.code == 1


async def test_what_is_not_configured_is_not_mentioned(tmp_path: Path) -> None:
    report = await doctor(tmp_path, without_databases({"SCYLLA_USER": "bot"}))
    assert report.about("ScyllaDB") == []
    assert "SCYLLA_USER is set without SCYLLA_HOST" in "\n".join(report.about("Settings"))
