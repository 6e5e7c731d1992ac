-- A line to the person ahead of the answer, for their eyes where p_private says so; once a message.
-- Returns what may be sent now.
CREATE FUNCTION notice(
    p_replica uuid, p_platform text, p_dedupe_key text, p_id uuid, p_text text, p_private boolean
)
RETURNS SETOF postings
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_conversation uuid := (SELECT b.conversation_id FROM inbox b
                             WHERE b.platform = p_platform AND b.dedupe_key = p_dedupe_key);
BEGIN
    PERFORM lock_conversations(ARRAY[v_conversation]);
    INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence, reply_to,
                        text, visible_to)
    SELECT p_id, b.id, 0, b.organization_id, b.conversation_id, b.sequence,
           b.message ->> 'message_id', p_text,
           CASE WHEN p_private THEN b.message -> 'author' ->> 'id' END
      FROM inbox b
     WHERE b.platform = p_platform AND b.dedupe_key = p_dedupe_key AND b.state = 'open'
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT h.* FROM promote(p_replica, ARRAY[v_conversation]) h;
END
$$;

-- The release before this one calls it so: everybody sees it.
CREATE OR REPLACE FUNCTION notice(
    p_replica uuid, p_platform text, p_dedupe_key text, p_id uuid, p_text text
)
RETURNS SETOF postings
LANGUAGE sql AS $$
    SELECT * FROM notice(p_replica, p_platform, p_dedupe_key, p_id, p_text, false);
$$;
