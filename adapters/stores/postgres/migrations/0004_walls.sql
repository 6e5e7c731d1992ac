-- From here on the bot's sessions are trialogue_bot. It has functions for the way of a message, and
-- of the other tables it sees the rows of one organization at a time: the one that
-- `trialogue.organization` names in the transaction. trialogue_app stays as it was for the release
-- before this one, which runs beside it while it is replaced; the next release takes its rights.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'trialogue_bot') THEN
        CREATE ROLE trialogue_bot NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of this server was migrated at the same moment
END
$$;
-- Whoever could become trialogue_app can become trialogue_bot, without another word to its admin.
-- Since PostgreSQL 16 an owner who made a role still has to allow itself to become it.
DO $$
BEGIN
    IF NOT pg_has_role('trialogue_app', 'trialogue_bot', 'MEMBER') THEN
        GRANT trialogue_bot TO trialogue_app;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT trialogue_bot TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'The role trialogue_bot is not ours to grant: its administrator has to run '
                  'GRANT trialogue_bot TO the login of the bot.';
END
$$;

GRANT USAGE ON SCHEMA public TO trialogue_bot;
GRANT SELECT ON alembic_version, plans, plan_limits, organizations TO trialogue_bot;
GRANT UPDATE (knowledge_revision) ON organizations TO trialogue_bot;
GRANT SELECT ON organization_pools TO trialogue_bot;
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_entries, knowledge_gaps TO trialogue_bot;
GRANT SELECT, INSERT ON knowledge_revisions TO trialogue_bot;
GRANT SELECT, INSERT, UPDATE ON user_feedback TO trialogue_bot;

CREATE FUNCTION this_organization() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('trialogue.organization', true), '')::uuid;
$$;

-- Every table of an organization's rows has the wall, also those that only functions touch: a right
-- that somebody grants later opens nothing but one's own.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY[
        'spaces', 'memberships', 'quotas', 'usage_records', 'conversations', 'inbox', 'outbox',
        'turns', 'user_feedback', 'knowledge_entries', 'knowledge_revisions', 'knowledge_gaps',
        'organization_pools', 'requests_for_more'
    ]
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY one_organization ON %I TO trialogue_bot '
                       'USING (organization_id = this_organization())', v_table);
        EXECUTE format('CREATE POLICY release_before ON %I TO trialogue_app USING (true)', v_table);
    END LOOP;
END
$$;
-- Organizations are found by name, and each is changed by itself alone.
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_are_found ON organizations FOR SELECT TO trialogue_bot USING (true);
CREATE POLICY one_organization ON organizations FOR UPDATE TO trialogue_bot
    USING (id = this_organization());
CREATE POLICY release_before ON organizations TO trialogue_app USING (true);

-- These work with their owner's rights, and so does what they call; their search path is fixed, so
-- that nobody can put something else in the place of what they name.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
               'beat', 'admit', 'admit_messages', 'settle', 'settle_messages', 'finish', 'notice',
               'send_due', 'mark_recorded', 'adopt_messages', 'adopt_postings', 'waiting_in',
               'adopted_in', 'redrive', 'leave', 'unrecorded', 'forget', 'seen', 'invite',
               'append_turns', 'history', 'turns_after', 'count_turns', 'count_entries',
               'reserve', 'end_reservations', 'refund_expired', 'set_plan', 'set_role',
               'set_pool', 'living_replicas',
               'team_usage', 'ask_admins', 'apply_subscription', 'give_back_entries')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
END
$$;
