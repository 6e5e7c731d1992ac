-- What people think of an answer, in words, and what they chose where the bot was not sure.

-- `comment` is what a person wrote of the answer, `sentiment` how it sounds, from -1 to 1, and
-- `sentiment_label` that in a word. `conversation_id` is where they voted: NULL for older votes.
ALTER TABLE user_feedback
    ADD COLUMN conversation_id uuid,
    ADD COLUMN comment         text NOT NULL DEFAULT '',
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
GRANT SELECT, INSERT ON picks TO trialogue_bot;
ALTER TABLE picks ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON picks TO trialogue_bot
    USING (organization_id = this_organization());

-- It looks at memberships, which the bot does not see.
ALTER FUNCTION is_admin(uuid, uuid) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION is_admin(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_admin(uuid, uuid) TO trialogue_bot;
