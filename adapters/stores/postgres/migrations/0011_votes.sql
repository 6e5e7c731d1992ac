-- Votes on their way to the second store.

-- A vote is `recorded` when the second store has it as it is here. Where there is no second store
-- none is, so that one which is added later gets them all.
ALTER TABLE user_feedback ADD COLUMN recorded boolean NOT NULL DEFAULT false;
CREATE INDEX user_feedback_unrecorded ON user_feedback (at) WHERE NOT recorded;

-- `at` is a vote's version: it rises with every change, whoever makes it and whatever else changes.
CREATE FUNCTION vote_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'recorded' = to_jsonb(OLD) - 'recorded' THEN
            RETURN NEW;
        END IF;
        NEW.at := greatest(clock_timestamp(), OLD.at + interval '1 microsecond');
    END IF;
    NEW.recorded := false;
    RETURN NEW;
END
$$;
CREATE TRIGGER vote_changes BEFORE INSERT OR UPDATE ON user_feedback
    FOR EACH ROW EXECUTE FUNCTION vote_changes();

CREATE FUNCTION unrecorded_votes(p_limit integer) RETURNS SETOF user_feedback
LANGUAGE sql STABLE AS $$
    SELECT * FROM user_feedback WHERE NOT recorded ORDER BY at LIMIT p_limit;
$$;

-- One that was changed since it was read is not marked: its newer version has yet to be written.
CREATE FUNCTION mark_votes(p_messages uuid[], p_users uuid[], p_at timestamptz[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE user_feedback f SET recorded = true
      FROM unnest(p_messages, p_users, p_at) AS i (message_id, user_id, at)
     WHERE f.message_id = i.message_id AND f.user_id = i.user_id AND f.at = i.at;
$$;
