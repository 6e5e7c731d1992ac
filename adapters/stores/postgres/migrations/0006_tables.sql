-- Tables of what is to come, so that their shape is agreed before there is code on them.

-- A code that ties another platform's identity to an account; only its hash is kept.
CREATE TABLE link_codes (
    code_hash  bytea PRIMARY KEY CHECK (length(code_hash) = 32),
    user_id    uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CHECK (expires_at > created_at)
);
CREATE INDEX link_codes_of_user ON link_codes (user_id);

-- Where the bot is installed, with its token there: AES-256-GCM under the key `key_id`, bound to the
-- organization and the column.
CREATE TABLE installations (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    platform        text NOT NULL,
    space           text NOT NULL,
    token           bytea NOT NULL,
    key_id          text NOT NULL,
    scopes          text[] NOT NULL DEFAULT '{}',
    installed_by    uuid REFERENCES users,
    installed_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at      timestamptz
);
CREATE UNIQUE INDEX installations_in_use ON installations (platform, space)
    WHERE revoked_at IS NULL;
CREATE INDEX installations_of_organization ON installations (organization_id);

-- Tokens of the HTTP API; only their hashes are kept.
CREATE TABLE api_tokens (
    id              uuid PRIMARY KEY,
    token_hash      bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    user_id         uuid NOT NULL REFERENCES users,
    organization_id uuid NOT NULL REFERENCES organizations,
    name            text NOT NULL,
    scopes          text[] NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_used_at    timestamptz,
    expires_at      timestamptz CHECK (expires_at > created_at),
    revoked_at      timestamptz
);
CREATE INDEX api_tokens_of_user ON api_tokens (user_id);

-- `family`: the tokens that came from one login. One that is used twice ends all of them.
CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    family     uuid NOT NULL,
    user_id    uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    used_at    timestamptz,
    revoked_at timestamptz
);
CREATE INDEX refresh_tokens_of_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family);
-- An access token names the version it was made under: raising it ends them all.
ALTER TABLE users ADD COLUMN token_version integer NOT NULL DEFAULT 0;

CREATE TABLE consents (
    user_id    uuid NOT NULL REFERENCES users,
    purpose    text NOT NULL,
    version    text NOT NULL, -- of the words that were agreed to
    granted_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz CHECK (revoked_at >= granted_at),
    PRIMARY KEY (user_id, purpose, version)
);

-- A chain for each organization: `hash` covers the row before and this one, but not what identifies
-- a person, which is beside it and can be erased.
CREATE TABLE audit_logs (
    organization_id uuid NOT NULL REFERENCES organizations,
    sequence        bigint NOT NULL CHECK (sequence > 0),
    id              uuid NOT NULL UNIQUE,
    action          text NOT NULL,
    actor           text NOT NULL, -- a pseudonym
    subject         text NOT NULL DEFAULT '',
    details         jsonb NOT NULL DEFAULT '{}',
    "timestamp"     timestamptz NOT NULL DEFAULT now(),
    previous_hash   bytea NOT NULL CHECK (length(previous_hash) = 32),
    hash            bytea NOT NULL CHECK (length(hash) = 32),
    user_id         uuid,
    ip_address      inet,
    PRIMARY KEY (organization_id, sequence)
);
CREATE INDEX audit_logs_age ON audit_logs USING brin ("timestamp");

-- Nothing in the chain is changed; what identifies a person can be taken out.
CREATE FUNCTION keep_audit_logs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW(OLD.organization_id, OLD.sequence, OLD.id, OLD.action, OLD.actor, OLD.subject,
           OLD.details, OLD."timestamp", OLD.previous_hash, OLD.hash)
       IS DISTINCT FROM
       ROW(NEW.organization_id, NEW.sequence, NEW.id, NEW.action, NEW.actor, NEW.subject,
           NEW.details, NEW."timestamp", NEW.previous_hash, NEW.hash)
       OR (NEW.user_id IS NOT NULL AND NEW.user_id IS DISTINCT FROM OLD.user_id)
       OR (NEW.ip_address IS NOT NULL AND NEW.ip_address IS DISTINCT FROM OLD.ip_address) THEN
        RAISE insufficient_privilege USING MESSAGE = 'an audit log is only appended to';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_logs_are_kept BEFORE UPDATE ON audit_logs
    FOR EACH ROW EXECUTE FUNCTION keep_audit_logs();

-- `run_no` is the fence: only the newest run may end a task. `op_id` is its reservation.
CREATE TABLE tasks (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users,
    conversation_id uuid,
    inbox_id        uuid,
    kind            text NOT NULL CHECK (kind IN ('analyze', 'research', 'report')),
    state           text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'dead')),
    arguments       jsonb NOT NULL DEFAULT '{}',
    progress        smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    run_no          integer NOT NULL DEFAULT 0,
    run_count       integer NOT NULL DEFAULT 0,
    heartbeat_at    timestamptz,
    op_id           uuid UNIQUE,
    error           text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    started_at      timestamptz,
    ended_at        timestamptz,
    CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled', 'dead')))
);
CREATE INDEX tasks_of_user ON tasks (user_id, created_at DESC);
CREATE INDEX tasks_open ON tasks (organization_id, state) WHERE state IN ('queued', 'running');

DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['installations', 'api_tokens', 'audit_logs', 'tasks'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY one_organization ON %I TO trialogue_bot '
                       'USING (organization_id = this_organization())', v_table);
    END LOOP;
END
$$;
