-- Who asked what nobody knew, so that the answer finds them.

-- `looked`: at which knowledge a gap was last compared with it, which is twice its revision, and one
-- more where what was learned of that very revision was used. `looking_until`: a replica compares it
-- now. A closed one has its answer in `closed_by`. `person_asked_by` is the message that had the
-- admins asked.
ALTER TABLE knowledge_gaps
    ADD COLUMN looked          bigint NOT NULL DEFAULT 0,
    ADD COLUMN looking_until   timestamptz,
    ADD COLUMN closed_at       timestamptz,
    ADD COLUMN closed_by       uuid,
    ADD COLUMN person_asked_at timestamptz,
    ADD COLUMN person_asked_by uuid;
CREATE INDEX knowledge_gaps_open ON knowledge_gaps (organization_id, looked)
    WHERE closed_at IS NULL;
CREATE INDEX knowledge_gaps_age ON knowledge_gaps (last_asked_at);

-- Once a person, conversation and gap: of the latest time they asked. `message_id` is our id of that
-- message, `reply_to` the platform's, `author` the platform's id of the person; `question` is as they
-- wrote it.
CREATE TABLE gap_askers (
    organization_id uuid NOT NULL,
    question_hash   bytea NOT NULL,
    conversation_id uuid NOT NULL,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    message_id      uuid NOT NULL,
    reply_to        text,
    author          text,
    question        text NOT NULL,
    asked_at        timestamptz NOT NULL DEFAULT now(),
    answered_at     timestamptz,
    PRIMARY KEY (organization_id, question_hash, conversation_id, user_id),
    FOREIGN KEY (organization_id, question_hash) REFERENCES knowledge_gaps ON DELETE CASCADE
);
CREATE INDEX gap_askers_by_message ON gap_askers (organization_id, message_id);
CREATE INDEX gap_askers_of_user ON gap_askers (user_id);
CREATE INDEX gap_askers_age ON gap_askers (asked_at);

ALTER TABLE gap_askers ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON gap_askers TO trialogue_bot
    USING (organization_id = this_organization());

-- Where the knowledge stands, in the measure of `looked`.
CREATE FUNCTION knowledge_stands_at(p_organization uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT 2 * o.knowledge_revision
               + (coalesce(f.revision, -1) >= o.knowledge_revision)::integer
      FROM organizations o LEFT JOIN knowledge_fits f ON f.organization_id = o.id
     WHERE o.id = p_organization;
$$;

-- Keep a question without an answer and who asked it. A message that is handled again is not counted
-- again. The gap is open from now on, and whoever compares it at this moment has not seen this one.
CREATE FUNCTION note_gap(
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
                                 message_id, reply_to, author, question)
    SELECT p_organization, p_hash, p_conversation, u.id, p_message,
           b.message ->> 'message_id', b.message -> 'author' ->> 'id', p_asked
      FROM users u
      LEFT JOIN inbox b
             ON b.conversation_id = p_conversation AND b.state = 'open' AND b.id = p_message
     WHERE u.id = p_user
    ON CONFLICT (organization_id, question_hash, conversation_id, user_id) DO UPDATE
       SET message_id = excluded.message_id, reply_to = excluded.reply_to,
           author = excluded.author, question = excluded.question, asked_at = now(),
           answered_at = NULL
     WHERE a.message_id <> excluded.message_id;
END
$$;

-- Organizations with a gap that was not compared with what is known now.
CREATE FUNCTION organizations_to_look_at() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT o.id FROM organizations o
     WHERE EXISTS (SELECT 1 FROM knowledge_gaps g
                    WHERE g.organization_id = o.id AND g.closed_at IS NULL
                      AND g.looked < knowledge_stands_at(o.id));
$$;

-- Take gaps to compare with knowledge that stands at `p_stand`; nobody else does meanwhile.
CREATE FUNCTION take_gaps(
    p_organization uuid, p_stand bigint, p_lease interval, p_limit integer
)
RETURNS TABLE (question_hash bytea, question text, looking_until timestamptz)
LANGUAGE sql AS $$
    WITH due AS (
        SELECT g.question_hash FROM knowledge_gaps g
         WHERE g.organization_id = p_organization AND g.closed_at IS NULL AND g.looked < p_stand
           AND (g.looking_until IS NULL OR g.looking_until < clock_timestamp())
         ORDER BY g.looked LIMIT p_limit
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE knowledge_gaps g SET looking_until = clock_timestamp() + p_lease
      FROM due
     WHERE g.organization_id = p_organization AND g.question_hash = due.question_hash
    RETURNING g.question_hash, g.question, g.looking_until;
$$;

-- Those who wait for the answer to a gap, by conversation and person, behind a place in that order.
-- Who is suspended, or no member any more, is not written to.
CREATE FUNCTION gap_waiting(
    p_organization uuid, p_hash bytea, p_after_conversation uuid, p_after_user uuid,
    p_limit integer
)
RETURNS TABLE (
    message_id uuid, conversation_id uuid, user_id uuid, question text, name text,
    conversation_key text, direct boolean, is_admin boolean
)
LANGUAGE sql STABLE AS $$
    SELECT a.message_id, a.conversation_id, a.user_id, a.question, u.display_name, c.key, c.direct,
           m.role IN ('admin', 'owner')
      FROM gap_askers a
      JOIN conversations c ON c.id = a.conversation_id
      JOIN users u ON u.id = a.user_id AND u.is_active
      JOIN memberships m ON m.user_id = a.user_id AND m.organization_id = a.organization_id
     WHERE a.organization_id = p_organization AND a.question_hash = p_hash
       AND a.answered_at IS NULL
       AND (a.conversation_id, a.user_id) > (p_after_conversation, p_after_user)
     ORDER BY a.conversation_id, a.user_id LIMIT p_limit;
$$;

-- What stands for the message in the postings of a late answer.
CREATE FUNCTION late_answer_to(a gap_askers) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT md5('late:' || encode(a.question_hash, 'hex') || ':' || a.conversation_id || ':'
               || a.user_id || ':' || a.message_id)::uuid;
$$;

-- Answer those who wait: each once, whoever else is at it and wherever one is stopped, because the
-- mark and the postings are one transaction. The parts of all come in one list; p_part_of says whose
-- they are (1 = the first person). They follow everything that waits in the conversation, and are
-- sent from here where this replica can post. What is private is never shown to others: whoever
-- cannot be told alone is not told. One row for each who was answered, then what can be sent now.
CREATE FUNCTION answer_askers(
    p_replica uuid, p_platforms text[], p_organization uuid, p_hash bytea,
    p_conversations uuid[], p_users uuid[], p_private boolean[], p_buttons jsonb[],
    p_part_of integer[], p_part_texts text[]
)
RETURNS TABLE (n bigint, id uuid, answered_at timestamptz, posting postings)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM lock_conversations(p_conversations);
    RETURN QUERY
    WITH answered AS (
        UPDATE gap_askers a SET answered_at = now()
          FROM unnest(p_conversations, p_users, p_private)
               WITH ORDINALITY AS i (conversation_id, user_id, private, n)
          JOIN conversations c ON c.id = i.conversation_id
         WHERE a.organization_id = p_organization AND a.question_hash = p_hash
           AND a.conversation_id = i.conversation_id AND a.user_id = i.user_id
           AND a.answered_at IS NULL
           AND (a.author IS NOT NULL OR c.direct OR NOT i.private)
           AND EXISTS (SELECT 1 FROM users u
                         JOIN memberships m ON m.user_id = u.id
                        WHERE u.id = a.user_id AND u.is_active
                          AND m.organization_id = p_organization)
        RETURNING i.n, a.conversation_id, a.reply_to,
                  CASE WHEN i.private AND NOT c.direct THEN a.author END AS visible_to,
                  late_answer_to(a) AS inbox_id
    ), queued AS (
        INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence,
                            reply_to, text, visible_to, buttons)
        SELECT gen_random_uuid(), a.inbox_id,
               -- Behind the parts of other postings with the same number, not in between them.
               coalesce((SELECT max(o.part) FROM outbox o
                          WHERE o.conversation_id = c.id AND o.sequence = c.last_sequence
                            AND o.state IN ('pending', 'sending', 'ambiguous')), 1000)
                   + row_number() OVER (PARTITION BY c.id ORDER BY a.n, p.place),
               p_organization, c.id, c.last_sequence, a.reply_to, p.text, a.visible_to,
               CASE WHEN p.place = max(p.place) OVER (PARTITION BY p.n) THEN p_buttons[p.n] END
          FROM unnest(p_part_of, p_part_texts) WITH ORDINALITY AS p (n, text, place)
          JOIN answered a ON a.n = p.n
          JOIN conversations c ON c.id = a.conversation_id
         ORDER BY a.inbox_id, p.place
        ON CONFLICT DO NOTHING
    )
    SELECT a.n, a.inbox_id, now(), NULL::postings FROM answered a ORDER BY a.n;
    RETURN QUERY
    SELECT NULL::bigint, NULL::uuid, NULL::timestamptz, h
      FROM promote(p_replica, ARRAY(
          SELECT c.id FROM conversations c
           WHERE c.id = ANY (p_conversations)
             AND split_part(c.key, ':', 1) = ANY (p_platforms))) h;
END
$$;

-- A gap was compared, unless it was asked again meanwhile. `p_entry` answers it: for everybody, or
-- for each who asked; then it is closed where nobody waits any more.
CREATE FUNCTION gap_looked(
    p_organization uuid, p_hash bytea, p_until timestamptz, p_stand bigint, p_entry uuid,
    p_everybody boolean
)
RETURNS void
LANGUAGE sql AS $$
    UPDATE knowledge_gaps g
       SET looked = greatest(g.looked, p_stand), looking_until = NULL,
           closed_at = CASE WHEN d.done THEN now() ELSE g.closed_at END,
           closed_by = CASE WHEN d.done THEN p_entry ELSE g.closed_by END
      FROM (SELECT p_entry IS NOT NULL AND (p_everybody OR NOT EXISTS (
                SELECT 1 FROM gap_askers a
                 WHERE a.organization_id = p_organization AND a.question_hash = p_hash
                   AND a.answered_at IS NULL)) AS done) AS d
     WHERE g.organization_id = p_organization AND g.question_hash = p_hash
       AND g.looking_until = p_until;
$$;

-- Somebody found their answer among what was offered. Nobody else waits: the gap is closed.
CREATE FUNCTION gap_picked(p_organization uuid, p_message uuid, p_user uuid, p_entry uuid)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_hash bytea := (SELECT a.question_hash FROM gap_askers a
                      WHERE a.organization_id = p_organization AND a.message_id = p_message
                        AND a.user_id = p_user AND a.answered_at IS NULL LIMIT 1);
BEGIN
    -- The gap first, as everywhere.
    PERFORM 1 FROM knowledge_gaps g
      WHERE g.organization_id = p_organization AND g.question_hash = v_hash FOR NO KEY UPDATE;
    UPDATE gap_askers a SET answered_at = now()
     WHERE a.organization_id = p_organization AND a.question_hash = v_hash
       AND a.user_id = p_user AND a.answered_at IS NULL;
    UPDATE knowledge_gaps g SET closed_at = now(), closed_by = p_entry
     WHERE g.organization_id = p_organization AND g.question_hash = v_hash
       AND g.closed_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM gap_askers a
                        WHERE a.organization_id = p_organization AND a.question_hash = v_hash
                          AND a.answered_at IS NULL);
END
$$;

-- Take out what a person asked in vain up to a time, the words of it in what they were told, and the
-- questions that nobody else asked. False while some of that waits to be posted: to be called again.
CREATE FUNCTION forget_waiting(p_user uuid, p_until timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_organizations uuid[];
    v_hashes        bytea[];
BEGIN
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
    RETURN NOT EXISTS (SELECT 1 FROM gap_askers a
                        WHERE a.user_id = p_user AND a.asked_at <= p_until);
END
$$;

-- Delete what was not asked for so long, and those who asked then.
CREATE FUNCTION expire_gaps(p_kept interval, p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_gaps   bigint;
    v_askers bigint;
BEGIN
    DELETE FROM knowledge_gaps WHERE ctid = ANY (ARRAY(
        SELECT g.ctid FROM knowledge_gaps g WHERE g.last_asked_at < now() - p_kept LIMIT p_limit));
    GET DIAGNOSTICS v_gaps = ROW_COUNT;
    DELETE FROM gap_askers WHERE ctid = ANY (ARRAY(
        SELECT a.ctid FROM gap_askers a WHERE a.asked_at < now() - p_kept LIMIT p_limit));
    GET DIAGNOSTICS v_askers = ROW_COUNT;
    RETURN greatest(v_gaps, v_askers);
END
$$;

-- An open gap in the words of this person, else of the last one who asked, else in its normal form.
CREATE FUNCTION gap_question(p_organization uuid, p_hash bytea, p_user uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT a.question FROM gap_askers a
                      WHERE a.organization_id = p_organization AND a.question_hash = p_hash
                      ORDER BY a.user_id <> p_user, a.asked_at DESC LIMIT 1), g.question)
      FROM knowledge_gaps g
     WHERE g.organization_id = p_organization AND g.question_hash = p_hash
       AND g.closed_at IS NULL;
$$;

-- The admins of a message's organization on its platform, and where each is written to directly.
CREATE FUNCTION admins_on_platform(p_message inbox) RETURNS TABLE (id text, key text)
LANGUAGE sql STABLE AS $$
    SELECT d.id, CASE p_message.platform
                     WHEN 'discord' THEN 'discord:dm:' || d.id
                     WHEN 'telegram' THEN 'telegram:' || p.space || ':' || d.id || ':0'
                     ELSE p_message.platform || ':' || p.space || ':' || d.id END
      FROM (SELECT split_part(c.key, ':', 2) AS space FROM conversations c
             WHERE c.id = p_message.conversation_id) AS p
     CROSS JOIN memberships m
      JOIN identities d ON d.user_id = m.user_id
     WHERE m.organization_id = p_message.organization_id AND m.role IN ('admin', 'owner')
       AND d.platform = p_message.platform
       AND p_message.platform IN ('slack', 'discord', 'telegram')
       AND d.scope = coalesce(p_message.message -> 'author' ->> 'scope', '')
     ORDER BY d.id;
$$;

-- Write to each of them, once for a message and a kind of letter; what can be sent now.
CREATE FUNCTION write_to_admins(p_replica uuid, p_message inbox, p_kind text, p_text text)
RETURNS SETOF postings
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_admins text[];
    v_keys   text[];
    v_places uuid[];
BEGIN
    SELECT array_agg(a.id), array_agg(a.key) INTO v_admins, v_keys
      FROM admins_on_platform(p_message) AS a;
    -- Discord's adapter finds the channel by the person; for the others the place is the person's.
    INSERT INTO conversations (key, direct, organization_id)
    SELECT k.key, p_message.platform <> 'discord', p_message.organization_id
      FROM unnest(v_keys) AS k (key) ORDER BY k.key
    ON CONFLICT DO NOTHING;
    v_places := ARRAY(SELECT c.id FROM conversations c WHERE c.key = ANY (v_keys));
    PERFORM lock_conversations(v_places);
    INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence, text,
                        visible_to)
    SELECT gen_random_uuid(), md5(p_kind || ':' || p_message.id || ':' || a.id)::uuid, 1,
           p_message.organization_id, c.id, c.last_sequence, p_text, a.id
      FROM unnest(v_admins, v_keys) AS a (id, key)
      JOIN conversations c ON c.key = a.key
     ORDER BY 2
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT h.* FROM promote(p_replica, v_places) h;
END
$$;

-- Ask the admins for the answer to a gap: once a day for a gap, and once for a message however often
-- it is called. One row as of `ask_admins`, then what can be sent now.
CREATE FUNCTION ask_person(
    p_replica uuid, p_platform text, p_dedupe_key text, p_hash bytea, p_text text
)
RETURNS TABLE (asked_before boolean, admins bigint, posting postings)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_message inbox := (SELECT b FROM inbox b
                         WHERE b.platform = p_platform AND b.dedupe_key = p_dedupe_key);
    v_admins  bigint := (SELECT count(*) FROM admins_on_platform(v_message));
BEGIN
    IF v_admins = 0 THEN
        RETURN QUERY SELECT false, 0::bigint, NULL::postings;
        RETURN;
    END IF;
    UPDATE knowledge_gaps g SET person_asked_at = now(), person_asked_by = v_message.id
     WHERE g.organization_id = v_message.organization_id AND g.question_hash = p_hash
       AND (g.person_asked_at IS NULL OR g.person_asked_at < now() - interval '1 day');
    IF NOT EXISTS (SELECT 1 FROM knowledge_gaps g
                    WHERE g.organization_id = v_message.organization_id
                      AND g.question_hash = p_hash AND g.person_asked_by = v_message.id) THEN
        RETURN QUERY SELECT true, v_admins, NULL::postings;
        RETURN;
    END IF;
    RETURN QUERY SELECT false, v_admins, NULL::postings;
    RETURN QUERY SELECT false, 0::bigint, h
                   FROM write_to_admins(p_replica, v_message, 'person', p_text) h;
END
$$;

DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
               'note_gap', 'organizations_to_look_at', 'take_gaps', 'gap_waiting', 'answer_askers',
               'gap_looked', 'gap_picked', 'expire_gaps', 'gap_question', 'ask_person')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
END
$$;
