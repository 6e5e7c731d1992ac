-- What the roles may do in the newest schema, and the statements that give what is missing of it.
-- A restore loses rights and policies where the roles were not there yet, and with them the closing
-- of functions to everybody: a statement of a dump that names an unknown role fails as a whole.
-- The migrations give the same; tests/stores/test_rights.py compares both.
WITH role AS (
    SELECT oid, rolname FROM pg_roles WHERE rolname IN ('trialogue_bot', 'trialogue_app')
), allowed (role, privileges, tables) AS (VALUES
    ('trialogue_bot', 'SELECT',
     'alembic_version plans plan_limits organizations organization_pools analytics_daily '
     'retention_policies files task_results'),
    ('trialogue_bot', 'SELECT INSERT', 'knowledge_revisions knowledge_changes'),
    ('trialogue_bot', 'SELECT INSERT UPDATE', 'user_feedback knowledge_fits knowledge_proposals'),
    ('trialogue_bot', 'SELECT INSERT DELETE', 'picks'),
    ('trialogue_bot', 'SELECT INSERT UPDATE DELETE', 'knowledge_entries knowledge_gaps'),
    ('trialogue_app', 'SELECT',
     'plans plan_limits organization_pools open_messages postings waiting_messages'),
    ('trialogue_app', 'SELECT INSERT', 'knowledge_revisions subscriptions requests_for_more'),
    ('trialogue_app', 'SELECT INSERT UPDATE',
     'organizations spaces users identities memberships quotas usage_records conversations '
     'user_feedback'),
    ('trialogue_app', 'SELECT INSERT UPDATE DELETE',
     'replicas inbox outbox chains turns knowledge_entries knowledge_gaps')
), on_tables AS (
    SELECT c.oid, c.relname, c.relacl, role.oid AS grantee, role.rolname, privilege
      FROM allowed
      JOIN role ON role.rolname = allowed.role
     CROSS JOIN string_to_table(allowed.tables, ' ') AS named (relname)
     CROSS JOIN string_to_table(allowed.privileges, ' ') AS privilege
      JOIN pg_class c ON c.relname = named.relname AND c.relnamespace = 'public'::regnamespace
), walled AS (
    SELECT c.oid, c.relname, c.relrowsecurity
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
), policy (name, relname, command, role, expression) AS (
    SELECT 'one_organization', relname, 'ALL', 'trialogue_bot', 'organization_id = this_organization()'
      FROM walled
    UNION ALL
    SELECT 'release_before', relname, 'ALL', 'trialogue_app', 'true'
      FROM string_to_table(
           'spaces memberships quotas usage_records conversations inbox outbox turns user_feedback '
           'knowledge_entries knowledge_revisions knowledge_gaps organization_pools '
           'requests_for_more organizations', ' ') AS named (relname)
    UNION ALL VALUES
    ('all_are_found', 'organizations', 'SELECT', 'trialogue_bot', 'true'),
    ('one_organization', 'organizations', 'UPDATE', 'trialogue_bot', 'id = this_organization()')
), inner_function AS (
    SELECT p.oid, p.oid::regprocedure::text AS signature, p.proacl, p.proowner, p.prosecdef
      FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND (p.prosecdef OR p.proname = 'give_back_files')
), missing (place, statement) AS (
    SELECT 1, format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name)
      FROM unnest(ARRAY['trialogue_app', 'trialogue_bot']) AS name
     WHERE NOT EXISTS (SELECT FROM role WHERE rolname = name)
    UNION ALL
    SELECT 2, 'GRANT trialogue_bot TO trialogue_app'
      FROM role app, role bot
     WHERE app.rolname = 'trialogue_app' AND bot.rolname = 'trialogue_bot'
       AND NOT pg_has_role(app.oid, bot.oid, 'MEMBER')
    UNION ALL
    SELECT 3, format('GRANT USAGE ON SCHEMA public TO %I', rolname)
      FROM role WHERE NOT has_schema_privilege(oid, 'public', 'USAGE')
    UNION ALL
    SELECT 4, format('GRANT %s ON %I TO %I', string_agg(privilege, ', '), relname, rolname)
      FROM on_tables t
     WHERE NOT EXISTS (SELECT FROM aclexplode(t.relacl) AS given
                        WHERE given.grantee = t.grantee AND given.privilege_type = t.privilege)
     GROUP BY relname, rolname
    UNION ALL
    SELECT 5, 'GRANT UPDATE (knowledge_revision) ON organizations TO trialogue_bot'
      FROM role
     WHERE rolname = 'trialogue_bot'
       AND NOT has_column_privilege(oid, 'public.organizations', 'knowledge_revision', 'UPDATE')
    UNION ALL
    SELECT 6, format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relname)
      FROM walled WHERE NOT relrowsecurity
    UNION ALL
    SELECT 7, format('CREATE POLICY %I ON %I FOR %s TO %I USING (%s)',
                     p.name, p.relname, p.command, p.role, p.expression)
      FROM policy p
      JOIN role ON role.rolname = p.role
     WHERE NOT EXISTS (SELECT FROM pg_policy o
                        WHERE o.polname = p.name
                          AND o.polrelid = to_regclass(format('public.%I', p.relname)))
    UNION ALL
    SELECT 8, format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature)
      FROM inner_function f
     WHERE EXISTS (SELECT FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS given
                    WHERE given.grantee = 0)
    UNION ALL
    SELECT 9, format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', signature)
      FROM inner_function f
      JOIN role ON role.rolname = 'trialogue_bot'
     WHERE f.prosecdef
       AND NOT EXISTS (SELECT FROM aclexplode(f.proacl) AS given WHERE given.grantee = role.oid)
)
SELECT statement FROM missing ORDER BY place, statement
