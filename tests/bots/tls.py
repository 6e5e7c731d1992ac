"""A server with a certificate in front of one that has none."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

SSL_REQUEST = 8  # bytes with which PostgreSQL's clients ask for TLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate for `localhost` that is its own authority."""

    file: Path
    key: Path

    @classmethod
    def make(cls, directory: Path, name: str) -> "Certificate":
        file, key = directory / f"{name}.pem", directory / f"{name}.key"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"]
        files = ["-keyout", str(key), "-out", str(file)]
        subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
        return cls(file=file, key=key)


@asynccontextmanager
async def encrypted(
    certificate: Certificate, socket: str, port: int, *, asks: bool = False
) -> AsyncIterator[None]:
    """Serve a socket on a port of this machine with TLS; `asks`: in PostgreSQL's way."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if asks:
                await reader.readexactly(SSL_REQUEST)
                writer.write(b"S")
                await writer.drain()
                await writer.start_tls(context)
            behind, ahead = await asyncio.open_unix_connection(socket)
            async with asyncio.TaskGroup() as group:
                group.create_task(_pour(reader, ahead))
                group.create_task(_pour(behind, writer))
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=None if asks else context)
    async with server:
        yield


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
