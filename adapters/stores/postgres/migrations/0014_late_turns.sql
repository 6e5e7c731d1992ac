-- What the bot said late, which no row of the inbox stands for, until it is in the thread store.
CREATE TABLE late_turns (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    text            text NOT NULL,
    confidence      real NOT NULL,
    at              timestamptz NOT NULL
);
CREATE INDEX late_turns_of_conversation ON late_turns (conversation_id);
CREATE INDEX late_turns_of_user ON late_turns (user_id);
ALTER TABLE late_turns ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON late_turns TO trialogue_bot
    USING (organization_id = this_organization());

-- Answer those who wait, and keep what they are told as parts of their conversations in the same
-- transaction. p_confidences: how sure of each; null: it is for that person's eyes, and no part of it.
CREATE FUNCTION answer_askers(
    p_replica uuid, p_platforms text[], p_organization uuid, p_hash bytea,
    p_conversations uuid[], p_users uuid[], p_private boolean[], p_buttons jsonb[],
    p_part_of integer[], p_part_texts text[], p_confidences real[]
)
RETURNS TABLE (n bigint, id uuid, answered_at timestamptz, posting postings)
LANGUAGE sql AS $$
    WITH told AS (
        SELECT * FROM answer_askers(p_replica, p_platforms, p_organization, p_hash, p_conversations,
                                    p_users, p_private, p_buttons, p_part_of, p_part_texts)
    ), kept AS (
        INSERT INTO late_turns (id, organization_id, conversation_id, user_id, text, confidence, at)
        SELECT t.id, p_organization, p_conversations[t.n], p_users[t.n],
               (SELECT string_agg(p.text, '' ORDER BY p.place)
                  FROM unnest(p_part_of, p_part_texts) WITH ORDINALITY AS p (n, text, place)
                 WHERE p.n = t.n),
               p_confidences[t.n], t.answered_at
          FROM told t
         WHERE p_confidences[t.n] IS NOT NULL
         ORDER BY t.id
    )
    SELECT * FROM told;
$$;

CREATE FUNCTION late_turns_left(p_timeout interval, p_limit integer) RETURNS SETOF late_turns
LANGUAGE sql STABLE AS $$
    SELECT * FROM late_turns l WHERE l.at < now() - p_timeout ORDER BY l.id LIMIT p_limit;
$$;

CREATE FUNCTION late_turns_in(p_conversation uuid) RETURNS SETOF late_turns
LANGUAGE sql STABLE AS $$
    SELECT * FROM late_turns l WHERE l.conversation_id = p_conversation ORDER BY l.at, l.id;
$$;

CREATE FUNCTION mark_late_turns(p_ids uuid[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM late_turns WHERE id = ANY (p_ids);
$$;

CREATE OR REPLACE FUNCTION unrecorded_conversations_of(p_user uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    SELECT b.conversation_id FROM inbox b
     WHERE b.state = 'settled' AND NOT b.recorded AND b.user_id = p_user
    UNION
    SELECT l.conversation_id FROM late_turns l WHERE l.user_id = p_user;
$$;

-- As before, and what is on its way. A late answer quotes what it answers: one that was told after
-- p_until is a part of what is to be forgotten, which goes up to it then. False, to be called again.
CREATE OR REPLACE FUNCTION forget_waiting(p_user uuid, p_until timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_organizations uuid[];
    v_hashes        bytea[];
    v_answered      timestamptz := (SELECT max(a.answered_at) FROM gap_askers a
                                     WHERE a.user_id = p_user AND a.asked_at <= p_until
                                       AND a.answered_at > p_until);
BEGIN
    UPDATE erasures e SET until = v_answered, done = '{}'
     WHERE e.user_id = p_user AND e.until < v_answered;
    DELETE FROM late_turns l WHERE l.user_id = p_user AND l.at <= greatest(p_until, v_answered);
    UPDATE outbox o SET text = '', buttons = NULL
      FROM gap_askers a
     WHERE a.user_id = p_user AND a.asked_at <= p_until AND o.inbox_id = late_answer_to(a)
       AND o.state IN ('sent', 'dead') AND o.text <> '';
    -- The gaps first, as everywhere.
    PERFORM 1 FROM knowledge_gaps g
      WHERE EXISTS (SELECT 1 FROM gap_askers a
                     WHERE a.organization_id = g.organization_id
                       AND a.question_hash = g.question_hash
                       AND a.user_id = p_user AND a.asked_at <= p_until)
      ORDER BY g.organization_id, g.question_hash FOR UPDATE;
    WITH forgotten AS (
        DELETE FROM gap_askers a
         WHERE a.user_id = p_user AND a.asked_at <= p_until
           AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.inbox_id = late_answer_to(a)
                              AND o.state NOT IN ('sent', 'dead'))
        RETURNING a.organization_id, a.question_hash
    )
    SELECT array_agg(f.organization_id), array_agg(f.question_hash)
      INTO v_organizations, v_hashes FROM forgotten f;
    DELETE FROM knowledge_gaps g
     USING unnest(v_organizations, v_hashes) AS f (organization_id, question_hash)
     WHERE g.organization_id = f.organization_id AND g.question_hash = f.question_hash
       AND NOT EXISTS (SELECT 1 FROM gap_askers a
                        WHERE a.organization_id = g.organization_id
                          AND a.question_hash = g.question_hash);
    RETURN v_answered IS NULL
       AND NOT EXISTS (SELECT 1 FROM gap_askers a
                        WHERE a.user_id = p_user AND a.asked_at <= p_until);
END
$$;
