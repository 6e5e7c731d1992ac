-- Turns that are a year old, whose turns they are, and those that are on their way.

-- The same rows, packed: texts above 128 bytes are compressed, and nothing is ever updated. It may
-- be put on slower disks: ALTER TABLE turns_cold SET TABLESPACE ...
CREATE TABLE turns_cold (LIKE turns INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
                         PRIMARY KEY (conversation_id, at, id))
    WITH (fillfactor = 100, toast_tuple_target = 128);
CREATE INDEX turns_cold_age ON turns_cold USING brin (at);
-- Whose turns they are: for export and erasure.
CREATE INDEX turns_of_user ON turns (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX turns_cold_of_user ON turns_cold (user_id) WHERE user_id IS NOT NULL;
ALTER TABLE turns_cold ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON turns_cold TO trialogue_bot
    USING (organization_id = this_organization());

-- Move some of the oldest; how many.
CREATE FUNCTION cool_turns(p_limit integer) RETURNS bigint LANGUAGE sql AS $$
    WITH moved AS (
        DELETE FROM turns WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM turns WHERE at < now() - interval '1 year' LIMIT p_limit))
        RETURNING *
    ), kept AS (
        INSERT INTO turns_cold SELECT * FROM moved ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM moved;
$$;

-- Each part is bounded before they are put together. A turn that was written again after it was
-- moved is in both, and comes once.
CREATE OR REPLACE FUNCTION history(
    p_conversation uuid, p_limit integer, p_before timestamptz, p_before_id uuid,
    p_since timestamptz
)
RETURNS SETOF turns
LANGUAGE sql STABLE AS $$
    SELECT * FROM (
        (SELECT * FROM turns
          WHERE conversation_id = p_conversation AND (at, id) < (p_before, p_before_id)
            AND at >= p_since
          ORDER BY at DESC, id DESC LIMIT p_limit)
        UNION
        (SELECT * FROM turns_cold
          WHERE conversation_id = p_conversation AND (at, id) < (p_before, p_before_id)
            AND at >= p_since
          ORDER BY at DESC, id DESC LIMIT p_limit)
        ORDER BY at DESC, id DESC LIMIT p_limit) AS newest
     ORDER BY at, id;
$$;

CREATE OR REPLACE FUNCTION turns_after(
    p_conversation uuid, p_at timestamptz, p_id uuid, p_limit integer
)
RETURNS SETOF turns
LANGUAGE sql STABLE AS $$
    (SELECT * FROM turns WHERE (conversation_id, at, id) > (p_conversation, p_at, p_id)
      ORDER BY conversation_id, at, id LIMIT p_limit)
    UNION
    (SELECT * FROM turns_cold WHERE (conversation_id, at, id) > (p_conversation, p_at, p_id)
      ORDER BY conversation_id, at, id LIMIT p_limit)
     ORDER BY conversation_id, at, id LIMIT p_limit;
$$;

CREATE OR REPLACE FUNCTION count_turns() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (SELECT count(*) FROM turns) + (SELECT count(*) FROM turns_cold);
$$;

CREATE FUNCTION conversations_of(p_user uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT conversation_id FROM turns WHERE user_id = p_user
    UNION
    SELECT conversation_id FROM turns_cold WHERE user_id = p_user;
$$;

-- What is settled and not in the thread store yet, of a conversation or of a person.
DROP INDEX inbox_unrecorded;
CREATE INDEX inbox_unrecorded ON inbox (conversation_id, id) WHERE state = 'settled' AND NOT recorded;

CREATE OR REPLACE FUNCTION unrecorded(p_timeout interval, p_limit integer)
RETURNS TABLE (
    id uuid, organization_id uuid, conversation_id uuid, user_id uuid, message jsonb,
    received_at timestamptz, answer text, confidence real, settled_at timestamptz
)
LANGUAGE sql STABLE AS $$
    SELECT b.id, b.organization_id, b.conversation_id, b.user_id, b.message, b.received_at,
           b.answer, b.confidence, b.settled_at
      FROM inbox b
     WHERE b.state = 'settled' AND NOT b.recorded AND b.settled_at < now() - p_timeout
     ORDER BY b.conversation_id, b.id LIMIT p_limit;
$$;

CREATE FUNCTION unrecorded_in(p_conversation uuid)
RETURNS TABLE (
    id uuid, organization_id uuid, conversation_id uuid, user_id uuid, message jsonb,
    received_at timestamptz, answer text, confidence real, settled_at timestamptz
)
LANGUAGE sql STABLE AS $$
    SELECT b.id, b.organization_id, b.conversation_id, b.user_id, b.message, b.received_at,
           b.answer, b.confidence, b.settled_at
      FROM inbox b
     WHERE b.state = 'settled' AND NOT b.recorded AND b.conversation_id = p_conversation
     ORDER BY b.id;
$$;

CREATE FUNCTION unrecorded_conversations_of(p_user uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT b.conversation_id FROM inbox b
     WHERE b.state = 'settled' AND NOT b.recorded AND b.user_id = p_user;
$$;
