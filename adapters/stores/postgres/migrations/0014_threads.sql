-- The channel that the thread hangs below in which somebody asked in vain: Discord's are channels of
-- their own, and what is for the channel is for its threads too.
ALTER TABLE gap_askers ADD COLUMN parent text NOT NULL DEFAULT '';

-- As before, with the parent.
CREATE OR REPLACE FUNCTION note_gap(
    p_organization uuid, p_hash bytea, p_question text, p_looked bigint,
    p_message uuid, p_conversation uuid, p_user uuid, p_asked text
)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_again boolean := EXISTS (
        SELECT 1 FROM gap_askers a
         WHERE a.organization_id = p_organization AND a.question_hash = p_hash
           AND a.message_id = p_message);
BEGIN
    INSERT INTO knowledge_gaps AS g (organization_id, question_hash, question, looked)
    VALUES (p_organization, p_hash, p_question, p_looked)
    ON CONFLICT (organization_id, question_hash) DO UPDATE
       SET times = g.times + (NOT v_again)::integer, last_asked_at = now(),
           looked = least(g.looked, excluded.looked), looking_until = NULL,
           closed_at = NULL, closed_by = NULL;
    INSERT INTO gap_askers AS a (organization_id, question_hash, conversation_id, user_id,
                                 message_id, reply_to, author, question, parent)
    SELECT p_organization, p_hash, p_conversation, u.id, p_message,
           b.message ->> 'message_id', b.message -> 'author' ->> 'id', p_asked,
           coalesce(b.message -> 'conversation' ->> 'parent', '')
      FROM users u
      LEFT JOIN inbox b
             ON b.conversation_id = p_conversation AND b.state = 'open' AND b.id = p_message
     WHERE u.id = p_user
    ON CONFLICT (organization_id, question_hash, conversation_id, user_id) DO UPDATE
       SET message_id = excluded.message_id, reply_to = excluded.reply_to,
           author = excluded.author, question = excluded.question, asked_at = now(),
           answered_at = NULL, parent = excluded.parent
     WHERE a.message_id <> excluded.message_id;
END
$$;

-- `gap_waiting` with the parent of each place.
CREATE FUNCTION people_waiting(
    p_organization uuid, p_hash bytea, p_after_conversation uuid, p_after_user uuid,
    p_limit integer
)
RETURNS TABLE (
    message_id uuid, conversation_id uuid, user_id uuid, question text, name text,
    conversation_key text, direct boolean, is_admin boolean, parent text
)
LANGUAGE sql STABLE AS $$
    SELECT w.*, a.parent
      FROM gap_waiting(p_organization, p_hash, p_after_conversation, p_after_user, p_limit) w
      JOIN gap_askers a ON a.organization_id = p_organization AND a.question_hash = p_hash
           AND a.conversation_id = w.conversation_id AND a.user_id = w.user_id
     ORDER BY w.conversation_id, w.user_id;
$$;
