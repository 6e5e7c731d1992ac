-- What people are called of whom no name is known, and names that are learned later.

-- What somebody who belongs to the organization is called; NULL for everybody else.
CREATE OR REPLACE FUNCTION name_of_member(p_organization uuid, p_user uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT called(m.user_id) FROM memberships m
     WHERE m.organization_id = p_organization AND m.user_id = p_user;
$$;

-- Names under which people write, for those of whom none is known. What was written before somebody
-- was forgotten names nobody any more. Locks are taken in order.
CREATE FUNCTION learn_names(p_users uuid[], p_names text[], p_heard timestamptz[]) RETURNS bigint
LANGUAGE sql AS $$
    WITH nameless AS (
        SELECT u.id, n.name
          FROM unnest(p_users, p_names, p_heard) AS n (id, name, heard)
          JOIN users u ON u.id = n.id
         WHERE u.display_name = '' AND n.name <> ''
           AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = n.id AND e.until >= n.heard)
         ORDER BY u.id FOR UPDATE OF u
    ), named AS (
        UPDATE users u SET display_name = n.name FROM nameless n WHERE u.id = n.id RETURNING 1
    )
    SELECT count(*) FROM named;
$$;

-- What the bot may call of these: with the owner's rights, as 0004_walls.sql says.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace
           AND p.proname IN ('name_of_member', 'learn_names')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
END
$$;
