-- What people think of an answer, in words, and what they chose where the bot was not sure.

-- `comment` is what a person wrote of the answer, in the message `comment_id`; `sentiment` how it
-- sounds, from -1 to 1, and `sentiment_label` that in a word. Their words are awaited since
-- `asked_at`, as a reply to the `posting` (the platform's id) or in the conversation that the vote
-- came from. `entry_id` is what was answered from. What is not known of older votes is NULL.
ALTER TABLE user_feedback
    ADD COLUMN entry_id        uuid,
    ADD COLUMN conversation_id uuid,
    ADD COLUMN posting         text NOT NULL DEFAULT '',
    ADD COLUMN asked_at        timestamptz,
    ADD COLUMN comment         text NOT NULL DEFAULT '',
    ADD COLUMN comment_id      uuid,
    ADD COLUMN sentiment       real CHECK (sentiment BETWEEN -1 AND 1),
    ADD COLUMN sentiment_label text CHECK (sentiment_label IN ('negative', 'neutral', 'positive'));
CREATE INDEX user_feedback_of_person ON user_feedback (user_id, at);

-- Which entries of an offer were chosen, once each; the nil entry is `none of these`. `message_id`
-- is that of the question, `click_id` that of the click which was first.
CREATE TABLE picks (
    organization_id uuid NOT NULL REFERENCES organizations,
    message_id      uuid NOT NULL,
    entry_id        uuid NOT NULL,
    click_id        uuid NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, message_id, entry_id)
);
CREATE INDEX picks_age ON picks (organization_id, at);
GRANT SELECT, INSERT, DELETE ON picks TO trialogue_bot;
ALTER TABLE picks ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON picks TO trialogue_bot
    USING (organization_id = this_organization());

-- What was asked in a message of the organization, as long as the inbox keeps it. The inbox is in
-- order of time, and not of ids: the time in the id says where to look, clocks being a bit apart.
CREATE FUNCTION asked_in(p_organization uuid, p_message uuid, p_about timestamptz)
RETURNS TABLE (message jsonb, conversation_id uuid, user_id uuid)
LANGUAGE sql STABLE AS $$
    SELECT i.message, i.conversation_id, i.user_id FROM inbox i
     WHERE i.received_at BETWEEN p_about - interval '10 minutes' AND p_about + interval '10 minutes'
       AND i.id = p_message AND i.organization_id = p_organization AND i.user_id IS NOT NULL;
$$;

-- The vote of a person that their words are about: the one that these were written to already, else
-- the last one that waits for them. Without a conversation they came by a command.
CREATE FUNCTION words_awaited(
    p_user uuid, p_organization uuid, p_words uuid, p_conversation uuid, p_reply_to text,
    p_in_thread boolean, p_commands interval, p_replies interval
)
RETURNS TABLE (message_id uuid, entry_id uuid, helpful boolean)
LANGUAGE sql STABLE AS $$
    SELECT f.message_id, f.entry_id, f.rating > 0 FROM user_feedback f
     WHERE f.user_id = p_user AND f.organization_id = p_organization
       AND (f.comment_id = p_words
            OR (p_conversation IS NULL AND f.at > now() - p_commands)
            OR (f.rating < 0 AND f.comment_id IS NULL AND f.asked_at > now() - p_replies
                AND ((p_reply_to <> '' AND f.posting = p_reply_to)
                     OR (p_in_thread AND f.conversation_id = p_conversation))))
     ORDER BY f.comment_id IS NOT DISTINCT FROM p_words DESC, f.at DESC
     LIMIT 1;
$$;

-- `is_admin` looks at memberships, which the bot does not see.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
               'asked_in', 'words_awaited', 'is_admin')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
END
$$;
