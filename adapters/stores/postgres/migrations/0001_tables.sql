-- The application connects as trialogue_app, which owns nothing.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'trialogue_app') THEN
        CREATE ROLE trialogue_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of this server was migrated at the same moment
END
$$;
-- With a single login the sessions of the application become this role.
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'trialogue_app', 'MEMBER') THEN
        EXECUTE format('GRANT trialogue_app TO %I', current_user);
    END IF;
END
$$;
GRANT USAGE ON SCHEMA public TO trialogue_app;

CREATE TABLE organizations (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name               text NOT NULL UNIQUE,
    is_default         boolean NOT NULL DEFAULT false,
    knowledge_revision bigint NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX organizations_default ON organizations (is_default) WHERE is_default;
INSERT INTO organizations (name, is_default) VALUES ('default', true);

CREATE TABLE spaces (
    platform        text NOT NULL,
    id              text NOT NULL,
    organization_id uuid NOT NULL REFERENCES organizations,
    connected_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, id)
);

CREATE TABLE plans (
    name               text PRIMARY KEY,
    messages_per_month bigint NOT NULL CHECK (messages_per_month >= 0)
);
INSERT INTO plans (name, messages_per_month) VALUES ('free', 1000);

CREATE TABLE users (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email             text UNIQUE,
    password_hash     text,
    display_name      text NOT NULL DEFAULT '',
    subscription_plan text NOT NULL DEFAULT 'free' REFERENCES plans,
    is_active         boolean NOT NULL DEFAULT true,
    is_verified       boolean NOT NULL DEFAULT false,
    created_at        timestamptz NOT NULL DEFAULT now()
);

-- `scope` is the space's id where the platform's user ids are only unique within one.
CREATE TABLE identities (
    platform   text NOT NULL,
    scope      text NOT NULL,
    id         text NOT NULL,
    user_id    uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, scope, id)
);
CREATE INDEX identities_user ON identities (user_id);

CREATE TABLE memberships (
    user_id         uuid NOT NULL REFERENCES users,
    organization_id uuid NOT NULL REFERENCES organizations,
    role            text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin', 'owner')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, organization_id)
);

CREATE TABLE quotas (
    organization_id uuid NOT NULL,
    user_id         uuid NOT NULL,
    resource_type   text NOT NULL,
    period          date NOT NULL,
    used            bigint NOT NULL DEFAULT 0 CHECK (used >= 0),
    PRIMARY KEY (user_id, organization_id, resource_type, period)
) WITH (fillfactor = 70);

CREATE TABLE usage_records (
    billing_period_start date NOT NULL,
    op_id                uuid NOT NULL,
    organization_id      uuid NOT NULL,
    user_id              uuid NOT NULL,
    resource_type        text NOT NULL,
    quantity             integer NOT NULL,
    created_at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (billing_period_start, op_id)
);

-- `steady_since`: the end of this replica's last silence, or of the server's before it came.
CREATE TABLE replicas (
    id           uuid PRIMARY KEY,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    steady_since timestamptz NOT NULL DEFAULT pg_postmaster_start_time()
);

-- `owner` is the replica whose lane handles the conversation while it has open messages.
CREATE TABLE conversations (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    key             text NOT NULL UNIQUE,
    organization_id uuid NOT NULL,
    direct          boolean NOT NULL,
    last_sequence   bigint NOT NULL DEFAULT 0,
    last_message_id text NOT NULL DEFAULT '',
    last_at         timestamptz NOT NULL DEFAULT now(),
    owner           uuid
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE inbox (
    platform        text NOT NULL,
    dedupe_key      text NOT NULL,
    id              uuid NOT NULL,
    message_key     text,
    organization_id uuid NOT NULL,
    user_id         uuid,
    conversation_id uuid NOT NULL,
    sequence        bigint NOT NULL,
    message         jsonb NOT NULL,
    verdict         text NOT NULL CHECK (verdict IN ('new', 'refused', 'suspended')),
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'settled')),
    owner           uuid,
    attempt         integer NOT NULL DEFAULT 1,
    orphaned        boolean NOT NULL DEFAULT false, -- its handler vanished
    crash_count     integer NOT NULL DEFAULT 0,
    received_at     timestamptz NOT NULL DEFAULT now(),
    settled_at      timestamptz,
    outcome         text,
    answer          text,
    confidence      real,
    recorded        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (platform, dedupe_key)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE UNIQUE INDEX inbox_message ON inbox (platform, message_key) WHERE message_key IS NOT NULL;
CREATE INDEX inbox_open ON inbox (conversation_id, sequence) WHERE state = 'open';
CREATE INDEX inbox_unrecorded ON inbox (id) WHERE state = 'settled' AND NOT recorded;
CREATE INDEX inbox_age ON inbox USING brin (received_at);

CREATE TABLE outbox (
    id              uuid PRIMARY KEY,
    inbox_id        uuid NOT NULL,
    part            integer NOT NULL,
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    sequence        bigint NOT NULL,
    reply_to        text,
    text            text NOT NULL,
    buttons         jsonb,
    visible_to      text, -- the platform's id of the only person who may see it
    plain           boolean NOT NULL DEFAULT false,
    state           text NOT NULL DEFAULT 'pending'
                    CHECK (state IN ('pending', 'sending', 'ambiguous', 'sent', 'dead')),
    owner           uuid,
    attempts        integer NOT NULL DEFAULT 0,
    unconfirmed     boolean NOT NULL DEFAULT false,
    next_at         timestamptz NOT NULL DEFAULT now(),
    reason          text,
    message_ids     text[],
    written_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    UNIQUE (inbox_id, part)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_waiting ON outbox (conversation_id, sequence, part)
    WHERE state IN ('pending', 'sending', 'ambiguous');
CREATE INDEX outbox_age ON outbox USING brin (written_at);

-- Which reply chain a message belongs to, in places that have no threads of their own.
CREATE TABLE chains (
    place      text NOT NULL,
    message_id text NOT NULL,
    root       text NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (place, message_id)
);
CREATE INDEX chains_age ON chains USING brin (at);

-- The embedded default of the thread store.
CREATE TABLE turns (
    conversation_id uuid NOT NULL,
    at              timestamptz NOT NULL,
    id              uuid NOT NULL,
    organization_id uuid NOT NULL,
    user_id         uuid,
    actor           text NOT NULL CHECK (actor IN ('person', 'bot')),
    text            text NOT NULL,
    confidence      real,
    PRIMARY KEY (conversation_id, at, id)
);

-- What people thought of an answer: the last vote of each.
CREATE TABLE user_feedback (
    message_id      uuid NOT NULL, -- of the question
    user_id         uuid NOT NULL,
    organization_id uuid NOT NULL,
    rating          smallint NOT NULL CHECK (rating IN (-1, 1)),
    at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, user_id)
);

GRANT SELECT ON plans TO trialogue_app;
GRANT SELECT, INSERT, UPDATE ON
    organizations, spaces, users, identities, memberships, quotas, conversations, user_feedback
    TO trialogue_app;
GRANT SELECT, INSERT ON usage_records TO trialogue_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON replicas, inbox, outbox, chains, turns TO trialogue_app;
