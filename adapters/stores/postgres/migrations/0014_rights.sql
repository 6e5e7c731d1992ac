-- What the bot may call of these: with the owner's rights, as 0004_walls.sql says.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
               'answer_askers', 'late_turns_left', 'late_turns_in', 'mark_late_turns',
               'unrecorded_conversations_of', 'claim_projection', 'keep_projection',
               'release_projection', 'note_gap', 'people_waiting', 'notice',
               'troubles', 'organizations_in_trouble', 'tell_of_troubles')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
END
$$;
