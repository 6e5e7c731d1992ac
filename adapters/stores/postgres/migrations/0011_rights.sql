-- What the bot may call of these: with the owner's rights, as 0004_walls.sql says.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
               'unrecorded_votes', 'mark_votes', 'cool_turns', 'history', 'turns_after',
               'count_turns', 'conversations_of', 'unrecorded', 'unrecorded_in',
               'unrecorded_conversations_of', 'find_person', 'begin_erasure', 'pending_erasures',
               'erased_in', 'erase_turns', 'erase_person', 'append_turns', 'kept_about', 'expire',
               'claim_projection', 'release_projection', 'answered_later', 'messages_used',
               'put_result', 'token_version', 'end_sessions', 'people_of', 'remove_member')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
    -- CREATE OR REPLACE forgets what it was given.
    ALTER FUNCTION append_turns(uuid[], timestamptz[], uuid[], uuid[], uuid[], text[], text[], real[])
        SET plan_cache_mode = force_generic_plan;
END
$$;
