"""Apache Cassandra as a CQL engine that needs no Docker: jars from Maven Central and Java 17."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from bots.embedded.server import KERNEL_TELLS, TETHER
from tests.ports import free_port
from tests.process import REPOSITORY

VERSION = "5.0.5"
JARS = REPOSITORY / ".cache" / f"cassandra-{VERSION}"
START_WITHIN = 100.0
DOWNLOAD_WITHIN = 600.0

POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>trialogue.tests</groupId><artifactId>cql-engine</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId>
    <version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""
# `batch`: what is acknowledged is on the disk, also after kill -9. Everything else is made small.
CONFIGURATION = """\
cluster_name: trialogue-tests
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
storage_port: {storage_port}
native_transport_port: {port}
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: "127.0.0.1:{storage_port}"}}]
commitlog_sync: batch
commitlog_segment_size: 8MiB
commitlog_total_space: 64MiB
max_mutation_size: 4MiB
memtable_heap_space: 64MiB
memtable_offheap_space: 64MiB
key_cache_size: 0MiB
file_cache_size: 32MiB
networking_cache_size: 16MiB
concurrent_reads: 4
concurrent_writes: 4
concurrent_compactors: 1
native_transport_max_threads: 8
auto_snapshot: false
"""
LOGGING = """\
<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender">
<encoder><pattern>%d{HH:mm:ss.SSS} %-5level %logger{20} %msg%n</pattern></encoder></appender>
<root level="WARN"><appender-ref ref="out"/></root></configuration>
"""
EXPORTS = (
    *("java.base/jdk.internal.misc", "java.base/java.lang.ref"),
    *("java.management.rmi/com.sun.jmx.remote.internal.rmi", "java.rmi/sun.rmi.registry"),
    *("java.rmi/sun.rmi.server", "java.sql/java.sql", "jdk.unsupported/sun.misc"),
    *("jdk.compiler/com.sun.tools.javac.file", "jdk.attach/sun.tools.attach"),
)
OPENS = (
    *("java.base/java.lang.module", "java.base/jdk.internal.loader", "java.base/jdk.internal.ref"),
    *("java.base/jdk.internal.reflect", "java.base/jdk.internal.math"),
    *("java.base/jdk.internal.module", "java.base/jdk.internal.util.jar", "java.base/sun.nio.ch"),
    *("java.base/java.io", "java.base/java.nio", "java.base/java.lang"),
    *("java.base/java.lang.reflect", "java.base/java.util"),
    *("jdk.management/com.sun.management.internal", "jdk.compiler/com.sun.tools.javac"),
)
MEMORY = ("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
PROPERTIES = (
    "cassandra-foreground=yes",
    "cassandra.ring_delay_ms=1",
    "cassandra.skip_wait_for_gossip_to_settle=0",
    "cassandra.initial_token=0",
    "cassandra.superuser_setup_delay_ms=0",
    "io.netty.tryReflectionSetAccessible=true",
    "jdk.attach.allowAttachSelf=true",
)


class MissingError(Exception):
    """Cassandra cannot be had here; the text says why."""


def prepare() -> None:
    """Fetch the jars unless they are there. `MissingError` when that cannot be done."""
    java_17()
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingError("Maven (mvn) is not installed")
    JARS.mkdir(parents=True, exist_ok=True)
    with (JARS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of a test run ask at once
        if not (JARS / "complete").exists():
            _fetch(maven)


def _fetch(maven: str) -> None:
    (JARS / "pom.xml").write_text(POM)
    command = [maven, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    try:
        subprocess.run(
            [*command, f"-DoutputDirectory={JARS / 'lib'}"],
            cwd=JARS,
            check=True,
            capture_output=True,
            timeout=DOWNLOAD_WITHIN,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise MissingError("Maven could not fetch Apache Cassandra") from error
    (JARS / "complete").touch()


def java_17() -> str:
    """The Java to run it with: JAVA_HOME's, or the one on the path. It must be 17."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        raise MissingError("Java is not installed")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    if 'version "17.' not in said:
        raise MissingError("Java is not version 17")
    return java


@dataclass(slots=True, kw_only=True)
class Cassandra:
    """One node on 127.0.0.1, whose ports and data stay the same over restarts.

    `more` are lines of its configuration.
    """

    directory: Path
    more: str = ""
    port: int = field(default_factory=free_port)
    storage_port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None
    _ties: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self.launch()
        self.wait()

    async def come_back(self) -> None:
        """Start it again. Not in another thread: it ends with the one that has made it."""
        self.launch()
        await asyncio.to_thread(self.wait)

    def launch(self) -> None:
        """Start it without waiting."""
        (self.directory / "tmp").mkdir(parents=True, exist_ok=True)
        ports = {"port": self.port, "storage_port": self.storage_port}
        configuration = CONFIGURATION.format(**ports) + self.more
        (self.directory / "cassandra.yaml").write_text(configuration)
        (self.directory / "logback.xml").write_text(LOGGING)
        watched = self._tie()
        ends_with_us = (os.getpid(), int(signal.SIGKILL), -1, -1, watched)
        with (self.directory / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(TETHER), *map(str, ends_with_us), *self._command()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.directory,
                pass_fds=[watched] if watched >= 0 else [],
            )

    def _tie(self) -> int:
        """A descriptor that closes when we end, where the kernel does not tell."""
        if KERNEL_TELLS:
            return -1
        watched, tie = os.pipe()
        self._ties += [watched, tie]
        return watched

    def wait(self) -> None:
        """Wait until it takes connections."""
        assert self._process is not None
        deadline = monotonic() + START_WITHIN
        while monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            sleep(0.05)
        raise AssertionError(f"Cassandra did not start:\n{self.output()}")

    def send(self, number: signal.Signals) -> None:
        """Freeze it with SIGSTOP, let it go on with SIGCONT."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it with -9; what it has acknowledged is there after the next start."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for descriptor in self._ties:
            os.close(descriptor)
        self._ties.clear()

    @property
    def running(self) -> bool:
        """Whether it has been started and not killed."""
        return self._process is not None

    def output(self) -> str:
        """The end of what it printed."""
        return (self.directory / "output.log").read_text(errors="replace")[-4000:]

    def _command(self) -> list[str]:
        [agent] = (JARS / "lib").glob("jamm-*.jar")
        properties = (
            *PROPERTIES,
            f"cassandra.config={(self.directory / 'cassandra.yaml').as_uri()}",
            f"cassandra.storagedir={self.directory / 'data'}",
            f"cassandra.logdir={self.directory}",
            f"logback.configurationFile={self.directory / 'logback.xml'}",
            f"java.io.tmpdir={self.directory / 'tmp'}",
        )
        command = [java_17(), *MEMORY, f"-javaagent:{agent}"]
        command += [f"-D{one}" for one in properties]
        command += [f"--add-exports={one}=ALL-UNNAMED" for one in EXPORTS]
        command += [f"--add-opens={one}=ALL-UNNAMED" for one in OPENS]
        classes = f"{self.directory}:{JARS / 'lib'}/*"
        return [*command, "-cp", classes, "org.apache.cassandra.service.CassandraDaemon"]
