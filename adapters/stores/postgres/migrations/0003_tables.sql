-- Plans by resource. What has no row here has no limit. `plans.messages_per_month` is read by the
-- release before this one, and by nobody else.
ALTER TABLE plans ADD COLUMN tracked boolean NOT NULL DEFAULT true;
INSERT INTO plans (name, messages_per_month, tracked)
VALUES ('guest', 1000000000, false), ('pro', 20000, true), ('enterprise', 1000000000, true)
ON CONFLICT (name) DO UPDATE SET tracked = excluded.tracked;

CREATE TABLE plan_limits (
    plan          text NOT NULL REFERENCES plans,
    resource_type text NOT NULL
                  CHECK (resource_type IN ('messages', 'tasks', 'storage', 'knowledge_entries')),
    per_month     bigint NOT NULL CHECK (per_month >= 0), -- storage in bytes
    PRIMARY KEY (plan, resource_type)
);
INSERT INTO plan_limits (plan, resource_type, per_month)
SELECT name, 'messages', messages_per_month FROM plans WHERE name IN ('free', 'pro');
INSERT INTO plan_limits (plan, resource_type, per_month) VALUES
    ('guest', 'tasks', 0), ('guest', 'storage', 0), ('guest', 'knowledge_entries', 0),
    ('free', 'tasks', 20), ('free', 'storage', 104857600), ('free', 'knowledge_entries', 500),
    ('pro', 'tasks', 500), ('pro', 'storage', 10737418240), ('pro', 'knowledge_entries', 20000);

-- Copies of a person's subscription, kept by a trigger: admission reads them without a join.
ALTER TABLE users ADD COLUMN plan_expires_at timestamptz;
ALTER TABLE users ADD COLUMN custom_limits jsonb;

-- `limits` are a person's own, by resource; null in it means none.
CREATE TABLE subscriptions (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id    uuid NOT NULL REFERENCES users,
    plan       text NOT NULL REFERENCES plans,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz CHECK (expires_at > started_at),
    limits     jsonb,
    CHECK (limits IS NULL OR (plan = 'enterprise' AND jsonb_typeof(limits) = 'object'))
);
CREATE INDEX subscriptions_of_user ON subscriptions (user_id, started_at DESC);

-- The row of the person is locked first: of two changes at once the later one counts.
CREATE FUNCTION apply_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_user   uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
    v_latest subscriptions;
BEGIN
    PERFORM 1 FROM users u WHERE u.id = v_user FOR NO KEY UPDATE;
    SELECT s.* INTO v_latest FROM subscriptions s
     WHERE s.user_id = v_user ORDER BY s.started_at DESC, s.id LIMIT 1;
    UPDATE users u
       SET subscription_plan = coalesce(v_latest.plan, 'free'),
           plan_expires_at = v_latest.expires_at, custom_limits = v_latest.limits
     WHERE u.id = v_user;
    RETURN NULL;
END
$$;
CREATE TRIGGER subscription_applies AFTER INSERT OR UPDATE OR DELETE ON subscriptions
    FOR EACH ROW EXECUTE FUNCTION apply_subscription();

-- What an organization has together, besides what each person has. Its use is the row of `quotas`
-- whose user is the nil UUID, which sorts before every person's.
CREATE TABLE organization_pools (
    organization_id uuid NOT NULL REFERENCES organizations,
    resource_type   text NOT NULL
                    CHECK (resource_type IN ('messages', 'tasks', 'storage', 'knowledge_entries')),
    per_month       bigint NOT NULL CHECK (per_month >= 0),
    PRIMARY KEY (organization_id, resource_type)
);

-- The ledger: `counted` is done and has no limit, the others have been asked for. `pooled`: the
-- organization's pool was charged too. A quota's `used` is the sum of its rows but the refunded.
-- The constraint is not checked on the rows that are there, which all have the default.
ALTER TABLE usage_records ADD COLUMN state text NOT NULL DEFAULT 'counted';
ALTER TABLE usage_records ADD CONSTRAINT usage_records_state
    CHECK (state IN ('counted', 'reserved', 'settled', 'refunded')) NOT VALID;
ALTER TABLE usage_records ADD COLUMN pooled boolean NOT NULL DEFAULT false;
ALTER TABLE usage_records ADD COLUMN expires_at timestamptz;
CREATE INDEX usage_records_reserved ON usage_records (expires_at) WHERE state = 'reserved';

-- Which import an entry was charged to: deleting the entry gives it back there.
ALTER TABLE knowledge_entries ADD COLUMN charged_period date;
ALTER TABLE knowledge_entries ADD COLUMN charged_op uuid;

-- Who asked the admins for more: once a month and resource, by this message.
CREATE TABLE requests_for_more (
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users,
    resource_type   text NOT NULL,
    period          date NOT NULL,
    inbox_id        uuid NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, user_id, resource_type, period)
);

GRANT SELECT ON plan_limits, organization_pools TO trialogue_app;
GRANT SELECT, INSERT ON subscriptions, requests_for_more TO trialogue_app;
GRANT UPDATE ON usage_records TO trialogue_app;
