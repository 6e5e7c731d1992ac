-- The oldest revision whose programs run on this schema: one that is replaced while it is migrated
-- may start once more.
CREATE FUNCTION serves_from() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '0002'; $$;

-- What the bot did by statements of its own on tables that it has no rights on any more.

CREATE FUNCTION waiting_in(p_replica uuid, p_conversation uuid) RETURNS SETOF open_messages
LANGUAGE sql STABLE AS $$
    SELECT * FROM open_messages
     WHERE conversation_id = p_conversation AND owner = p_replica ORDER BY sequence;
$$;

CREATE FUNCTION adopted_in(p_replica uuid, p_conversations uuid[]) RETURNS SETOF open_messages
LANGUAGE sql STABLE AS $$
    SELECT * FROM open_messages
     WHERE conversation_id = ANY (p_conversations) AND owner = p_replica
     ORDER BY conversation_id, sequence;
$$;

-- How often a message has been handled again; null when it is settled.
CREATE FUNCTION redrive(p_platform text, p_dedupe_key text) RETURNS integer
LANGUAGE sql AS $$
    UPDATE inbox SET crash_count = crash_count + 1
     WHERE platform = p_platform AND dedupe_key = p_dedupe_key AND state = 'open'
    RETURNING crash_count;
$$;

CREATE FUNCTION leave(p_replica uuid) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM replicas WHERE id = p_replica;
    UPDATE inbox SET owner = NULL WHERE owner = p_replica AND state = 'open';
$$;

CREATE FUNCTION unrecorded(p_timeout interval, p_limit integer)
RETURNS TABLE (
    id uuid, organization_id uuid, conversation_id uuid, user_id uuid, message jsonb,
    received_at timestamptz, answer text, confidence real, settled_at timestamptz
)
LANGUAGE sql STABLE AS $$
    SELECT b.id, b.organization_id, b.conversation_id, b.user_id, b.message, b.received_at,
           b.answer, b.confidence, b.settled_at
      FROM inbox b
     WHERE b.state = 'settled' AND NOT b.recorded AND b.settled_at < now() - p_timeout
     ORDER BY b.id LIMIT p_limit;
$$;

CREATE FUNCTION forget(p_kept interval, p_chains_kept interval, p_limit integer) RETURNS bigint
LANGUAGE sql AS $$
    WITH old_inbox AS (
        DELETE FROM inbox WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM inbox
             WHERE received_at < now() - p_kept AND state = 'settled' AND recorded LIMIT p_limit))
        RETURNING 1
    ), old_outbox AS (
        DELETE FROM outbox WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM outbox
             WHERE written_at < now() - p_kept AND state IN ('sent', 'dead') LIMIT p_limit))
        RETURNING 1
    ), old_chains AS (
        DELETE FROM chains WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM chains WHERE at < now() - p_chains_kept LIMIT p_limit))
        RETURNING 1
    ), old_replicas AS (
        DELETE FROM replicas WHERE heartbeat_at < now() - p_kept
    )
    SELECT (SELECT count(*) FROM old_inbox) + (SELECT count(*) FROM old_outbox)
         + (SELECT count(*) FROM old_chains);
$$;

CREATE FUNCTION seen(p_platform text, p_look_back interval)
RETURNS TABLE (key text, direct boolean, last_message_id text)
LANGUAGE sql STABLE AS $$
    SELECT c.key, c.direct, c.last_message_id FROM conversations c
     WHERE c.key LIKE p_platform || ':%' AND c.last_message_id <> ''
       AND c.last_at > now() - p_look_back;
$$;

-- The identity may exist: then its account is let in. False when it was in already.
CREATE FUNCTION invite(
    p_organization uuid, p_platform text, p_scope text, p_id text, p_name text
)
RETURNS boolean
LANGUAGE sql AS $$
    WITH known AS (
        SELECT user_id FROM identities
         WHERE platform = p_platform AND scope = p_scope AND id = p_id
    ), account AS (
        INSERT INTO users (display_name) SELECT p_name WHERE NOT EXISTS (SELECT 1 FROM known)
        RETURNING id
    ), identity AS (
        INSERT INTO identities (platform, scope, id, user_id)
        SELECT p_platform, p_scope, p_id, account.id FROM account
        RETURNING user_id
    ), added AS (
        INSERT INTO memberships (user_id, organization_id)
        SELECT user_id, p_organization
          FROM (SELECT user_id FROM known UNION ALL SELECT user_id FROM identity) AS person
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT EXISTS (SELECT 1 FROM added);
$$;

-- Turns are addressed by their conversation, and written in groups of many organizations. Losing
-- the last moment in a crash of the server is no loss: the inbox row is not marked recorded then
-- either, because both are in one log, and the turns are written again.
CREATE FUNCTION append_turns(
    p_conversations uuid[], p_at timestamptz[], p_ids uuid[], p_organizations uuid[],
    p_users uuid[], p_actors text[], p_texts text[], p_confidences real[]
)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO turns (conversation_id, at, id, organization_id, user_id, actor, text, confidence)
    SELECT t.* FROM unnest(p_conversations, p_at, p_ids, p_organizations, p_users, p_actors,
                           p_texts, p_confidences) AS t
     ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING;
END
$$;

-- The newest turns of a conversation before a place in it, the oldest first.
CREATE FUNCTION history(
    p_conversation uuid, p_limit integer, p_before timestamptz, p_before_id uuid,
    p_since timestamptz
)
RETURNS SETOF turns
LANGUAGE sql STABLE AS $$
    SELECT * FROM (
        SELECT * FROM turns
         WHERE conversation_id = p_conversation AND (at, id) < (p_before, p_before_id)
           AND at >= p_since
         ORDER BY at DESC, id DESC LIMIT p_limit) AS newest
     ORDER BY at, id;
$$;

-- All turns in the order of their key, for moving them to another store.
CREATE FUNCTION turns_after(
    p_conversation uuid, p_at timestamptz, p_id uuid, p_limit integer
)
RETURNS SETOF turns
LANGUAGE sql STABLE AS $$
    SELECT * FROM turns WHERE (conversation_id, at, id) > (p_conversation, p_at, p_id)
     ORDER BY conversation_id, at, id LIMIT p_limit;
$$;

CREATE FUNCTION count_turns() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM turns;
$$;

CREATE FUNCTION count_entries() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM knowledge_entries;
$$;

-- How many bots share what all of them together may do.
CREATE FUNCTION living_replicas(p_timeout interval) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM replicas WHERE heartbeat_at > now() - p_timeout;
$$;
