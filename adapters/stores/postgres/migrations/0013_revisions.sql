-- Who changed the knowledge, by name, and an undo that is taken back.

ALTER TABLE knowledge_revisions
    DROP CONSTRAINT knowledge_revisions_action_check,
    ADD CONSTRAINT knowledge_revisions_action_check
        CHECK (action IN ('import', 'add', 'edit', 'remove', 'undo', 'redo'));
CREATE INDEX knowledge_revisions_undoing ON knowledge_revisions (organization_id, undoes)
    WHERE undoes IS NOT NULL;

-- The name of somebody who belongs to the organization; NULL for everybody else.
CREATE FUNCTION name_of_member(p_organization uuid, p_user uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT u.display_name FROM memberships m JOIN users u ON u.id = m.user_id
     WHERE m.organization_id = p_organization AND m.user_id = p_user;
$$;

-- It looks at people, whom the bot does not see.
ALTER FUNCTION name_of_member(uuid, uuid) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION name_of_member(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION name_of_member(uuid, uuid) TO trialogue_bot;
