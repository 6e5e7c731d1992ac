"""What every setting means, for the reference and for people who set the bot up."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a setting does, in Markdown, and a value as an example where that helps."""

    does: str
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Settings that belong together, by their variables."""

    title: str
    note: str
    settings: Mapping[str, Meaning]


SLACK = Group(
    title="Slack",
    note="Step by step: [connect Slack](connect/slack.md).",
    settings={
        "SLACK_BOT_TOKEN": Meaning(
            does="The Bot User OAuth Token. Setting it connects Slack.", example="xoxb-…"
        ),
        "SLACK_APP_TOKEN": Meaning(
            does="An app-level token with the scope `connections:write`. With it everything comes"
            " over Socket Mode, and no public address is needed.",
            example="xapp-…",
        ),
        "SLACK_SIGNING_SECRET": Meaning(
            does="Verifies Slack's requests; needed without `SLACK_APP_TOKEN`. While it is replaced"
            " the new one and the old one are separated by a comma, and both are good.",
        ),
        "SLACK_API_URL": Meaning(
            does="Where Slack's Web API is; another one for tests.",
            example="http://127.0.0.1:7701/api/",
        ),
        "SLACK_LIMITS": Meaning(
            does="Whether to keep Slack's pace of postings by ourselves. Left out: only at Slack's"
            " own address.",
            example="true",
        ),
    },
)

DISCORD = Group(
    title="Discord",
    note="Step by step: [connect Discord](connect/discord.md).",
    settings={
        "DISCORD_TOKEN": Meaning(does="The bot's token. Setting it connects Discord."),
        "DISCORD_APPLICATION_ID": Meaning(
            does="The application's id, for `trialogue manifest discord`. The running bot asks for"
            " it where it is not set.",
            example="1200000000000000007",
        ),
        "DISCORD_PUBLIC_KEY": Meaning(
            does="The application's public key, 64 characters. With it commands and clicks are"
            " taken at `/discord/interactions` too.",
        ),
        "DISCORD_API_URL": Meaning(
            does="Where Discord's REST API is; another one for tests.",
            example="http://127.0.0.1:7702/api/v10",
        ),
        "DISCORD_GATEWAY_URL": Meaning(
            does="Where the gateway is; left out: Discord's own, or the one that another"
            " `DISCORD_API_URL` names.",
            example="ws://127.0.0.1:7702/gateway",
        ),
    },
)

TELEGRAM = Group(
    title="Telegram",
    note="Step by step: [connect Telegram](connect/telegram.md).",
    settings={
        "TELEGRAM_BOT_TOKEN": Meaning(
            does="BotFather's token. Setting it connects Telegram.", example="123456789:AA…"
        ),
        "TELEGRAM_WEBHOOK_SECRET": Meaning(
            does="With it and `PUBLIC_URL` Telegram sends its updates to the bot instead of being"
            " polled. 1 to 256 of A-Z, a-z, 0-9, _ and -. While it is replaced the new one and the"
            " old one are separated by a comma.",
        ),
        "TELEGRAM_API_URL": Meaning(
            does="Where the Bot API is: a server of your own, or another one for tests.",
            example="http://127.0.0.1:7703",
        ),
        "TELEGRAM_LIMITS": Meaning(
            does="Whether to keep Telegram's pace of messages by ourselves. Left out: only at"
            " Telegram's own address.",
            example="true",
        ),
    },
)

PEOPLE = Group(
    title="People",
    note="",
    settings={
        "ACCESS": Meaning(
            does="Who may ask: `members` of a connected space, those who were let in by `trialogue"
            " users invite` (`invite`), or anybody (`open`). On Telegram everybody can add a bot to"
            " a group of their own and is a member then: choose `invite` for what must stay"
            " inside.",
            example="invite",
        ),
        "PERSON_RATE": Meaning(
            does="Questions a minute that one person may ask. Who asks more is told so, for their"
            " eyes only, and gets answers again a minute later; commands such as `/usage` always"
            " work. 0 lets everybody ask as much as they like. Left out: 20 on the platforms"
            " themselves, and no limit on stand-ins.",
            example="60",
        ),
    },
)

POSTGRES = Group(
    title="PostgreSQL",
    note="It keeps what must not be lost. Set the address, or its parts, or neither and start with"
    " `--embedded`.",
    settings={
        "POSTGRES_DSN": Meaning(
            does="The address of the database. Wins over its parts below.",
            example="postgresql://trialogue:…@db.example.org:5432/trialogue",
        ),
        "POSTGRES_OWNER_DSN": Meaning(
            does="The login of the owner of the tables, for `migrate` and `up`. Left out:"
            " `POSTGRES_DSN` is used, and the bot gives up its rights after it logged in.",
        ),
        "POSTGRES_READ_DSN": Meaning(
            does="A copy of the database that is only read, for what `/usage team` shows. Left out,"
            " or away: the database itself.",
            example="postgresql://trialogue:…@copy.example.org:5432/trialogue",
        ),
        "POSTGRES_HOST": Meaning(
            does="The server's name, or the directory of its socket.", example="db.example.org"
        ),
        "POSTGRES_PORT": Meaning(does="Its port."),
        "POSTGRES_DB": Meaning(does="The database."),
        "POSTGRES_USER": Meaning(does="The login."),
        "POSTGRES_PASSWORD": Meaning(does="Its password."),
        "POSTGRES_SSLMODE": Meaning(
            does="Whether the connection is encrypted and the server proven, as in libpq.",
            example="verify-full",
        ),
        "POSTGRES_SSLROOTCERT": Meaning(
            does="The file of the authority that signed the server's certificate; `verify-full`"
            " needs one. In an address it is `?sslrootcert=`.",
        ),
    },
)

REDIS = Group(
    title="Redis or Valkey",
    note="It keeps the cache of answers, the pace of messages and counters: Redis 7 or Valkey 8 and"
    " newer. What is in it, and for how long: [Redis](redis.md).",
    settings={
        "REDIS_URL": Meaning(
            does="The address. Wins over its parts below; `rediss://` encrypts.",
            example="rediss://:…@cache.example.org:6379/0",
        ),
        "REDIS_HOST": Meaning(does="The server's name.", example="cache.example.org"),
        "REDIS_PORT": Meaning(does="Its port."),
        "REDIS_DB": Meaning(does="The number of the database."),
        "REDIS_USER": Meaning(does="The login, where the server has several.", example="bot"),
        "REDIS_PASSWORD": Meaning(does="Its password."),
        "REDIS_TLS": Meaning(
            does="Whether the connection is encrypted and the server proven.", example="true"
        ),
        "REDIS_TLS_CA": Meaning(
            does="The file of the authority that signed the server's certificate, where the system"
            " does not know it. In an address it is `?ssl_ca_certs=`.",
        ),
        "REDIS_CACHE_URL": Meaning(
            does="The address of a second server, for the cache of answers alone. Let it evict by"
            " itself (`maxmemory-policy allkeys-lfu`). When it is away answers are looked up anew.",
            example="redis://answers.example.org:6379/0",
        ),
        "CACHE_MEMORY": Meaning(
            does="Megabytes that the server of the cache may use. From 80 % of it, or of the"
            " server's own `maxmemory` where that is less, no more answers are kept, so that"
            " nothing else has to go.",
            example="256",
        ),
    },
)

SCYLLA = Group(
    title="ScyllaDB",
    note="It keeps what was said in conversations, where there is more of it than PostgreSQL should"
    " hold. Left out: PostgreSQL keeps that too. How to begin: [deploy](deploy.md#with-scylladb).",
    settings={
        "SCYLLA_HOST": Meaning(
            does="A host of the cluster, or several with commas between them.",
            example="scylla1.example.org,scylla2.example.org",
        ),
        "SCYLLA_PORT": Meaning(does="The port of its CQL clients.", example="9142"),
        "SCYLLA_KEYSPACE": Meaning(does="The keyspace. `trialogue migrate` makes it."),
        "SCYLLA_DATACENTER": Meaning(
            does="The data centre that the bot is in. Left out: that of the host which answers"
            " first.",
            example="eu-central",
        ),
        "SCYLLA_USER": Meaning(does="The login, where the cluster asks for one.", example="bot"),
        "SCYLLA_PASSWORD": Meaning(does="Its password."),
        "SCYLLA_TLS": Meaning(
            does="Whether connections are encrypted and the servers' certificates verified.",
            example="true",
        ),
        "SCYLLA_TLS_CA": Meaning(
            does="The file of the authority that signed these certificates, where the system does"
            " not know it.",
        ),
    },
)

FILES = Group(
    title="Files",
    note="Where files that people hand over are kept. Bots on several machines share a bucket, or"
    " a directory that all of them reach.",
    settings={
        "FILES_URL": Meaning(
            does="A directory (`file:///path`), or a bucket of an S3-compatible store"
            " (`s3://bucket/prefix`, with `?endpoint=https://…` where it is not Amazon's; it needs"
            " `pip install 'trialogue[s3]'`). Left out: `files` in `DATA_DIR`.",
            example="s3://trialogue-files?endpoint=https://s3.example.org",
        ),
        "AWS_ACCESS_KEY_ID": Meaning(
            does="The login of the bucket. Left out, with those below: what every client of Amazon"
            " finds on this machine, its role for instance.",
        ),
        "AWS_SECRET_ACCESS_KEY": Meaning(does="Its secret."),
        "AWS_SESSION_TOKEN": Meaning(does="Its token, where the login is for a while."),
        "AWS_DEFAULT_REGION": Meaning(
            does="The bucket's region, unless `FILES_URL` says it.", example="eu-central-1"
        ),
    },
)

SERVING = Group(
    title="Serving",
    note="",
    settings={
        "HTTP_HOST": Meaning(
            does="Where HTTP is served: this machine only, unless it says `0.0.0.0`, as in a"
            " container.",
            example="0.0.0.0",  # noqa: S104 (only said)
        ),
        "HTTP_PORT": Meaning(
            does="The port of the platforms' requests, of `/health` and of `/ready`.",
            example="8081",
        ),
        "PUBLIC_URL": Meaning(
            does="The address of this bot as the platforms reach it. Telegram's webhook is set to"
            " it.",
            example="https://bot.example.org",
        ),
    },
)

RUNNING = Group(
    title="Running",
    note="",
    settings={
        "DATA_DIR": Meaning(
            does="Where the embedded databases keep their data. `--data-dir` wins.",
            example="/var/lib/trialogue",
        ),
        "SEMANTIC_MODEL": Meaning(
            does="The folder of the model that compares what questions mean, where `trialogue kb"
            " model install` puts it and the bot looks for it ([meanings](semantic.md)). Left out:"
            " `models/all-MiniLM-L6-v2` in `DATA_DIR`.",
            example="/opt/trialogue/minilm",
        ),
        "DATABASE_WAIT": Meaning(
            does="Seconds to wait for the databases at the start.", example="120"
        ),
        "REPLICA_TIMEOUT": Meaning(
            does="Seconds of silence after which other bots on the same database take over the"
            " messages of one. At least 1.",
            example="15",
        ),
        "LOG_LEVEL": Meaning(does="How much is logged.", example="DEBUG"),
        "LOG_FORMAT": Meaning(
            does="`json` lines, `text` for people, or `auto`: text in a terminal, else JSON."
            " Secrets and people's words are left out of both.",
            example="json",
        ),
        "SECRET_KEY": Meaning(
            does="A random text that will encrypt what the database keeps of others' secrets."
            " Nothing is kept of them yet, so it may be left out; a placeholder is refused. The new"
            " key and the old one are separated by a comma.",
        ),
    },
)

COMPLETER = Group(
    title="Language model",
    note="None is needed; what one is asked, and what it costs: [completer.md](completer.md).",
    settings={
        "COMPLETER_MODEL": Meaning(
            does="The name of a model. Setting it lets the model answer where the bot would only"
            " offer. It needs the extra package `trialogue[openai]`.",
            example="gpt-5-mini",
        ),
        "COMPLETER_USE": Meaning(
            does="`unsure`: the model answers where the bot would only offer. `always`: it also"
            " puts what the bot is sure of into few words, once for each entry.",
            example="always",
        ),
        "COMPLETER_TIMEOUT": Meaning(
            does="Seconds for a whole answer of the model, half of them for its first word. Then"
            " people get what there is without it.",
            example="30",
        ),
        "OPENAI_BASE_URL": Meaning(
            does="Where another server that speaks OpenAI's chat completions is. Left out:"
            " OpenAI's own.",
            example="http://127.0.0.1:11434/v1",
        ),
        "OPENAI_API_KEY": Meaning(
            does="The key of that server, where it wants one. Nothing is sent without"
            " `COMPLETER_MODEL`."
        ),
    },
)

GROUPS = (
    SLACK,
    DISCORD,
    TELEGRAM,
    PEOPLE,
    POSTGRES,
    REDIS,
    SCYLLA,
    FILES,
    COMPLETER,
    SERVING,
    RUNNING,
)
