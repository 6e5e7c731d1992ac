-- The name of a person, or where they are known from: Slack says nobody's name with a message.
CREATE FUNCTION called(p_user uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(u.display_name, ''),
                    (SELECT initcap(d.platform) || ' ' || d.id FROM identities d
                      WHERE d.user_id = u.id ORDER BY d.platform, d.scope, d.id LIMIT 1), '')
      FROM users u WHERE u.id = p_user;
$$;

-- An organization's use of this month, for one of its admins; nothing for anybody else. A row
-- without a name is the sum of a resource, with the number of its people; the others are those who
-- wrote the most messages, with the platform on which they do.
CREATE FUNCTION team_usage_by_platform(p_user uuid, p_organization uuid, p_top integer)
RETURNS TABLE (
    resource text, name text, used bigint, people bigint, pool_limit bigint, period_ends date,
    platform text
)
LANGUAGE sql STABLE AS $$
    WITH mine AS (
        -- By the people, since quotas are found by their user first.
        SELECT q.user_id, q.resource_type, q.used
          FROM (SELECT m.user_id FROM memberships m WHERE m.organization_id = p_organization
                UNION ALL
                SELECT '00000000-0000-0000-0000-000000000000') AS h
          JOIN quotas q ON q.user_id = h.user_id
         WHERE q.organization_id = p_organization AND q.period = this_period()
           AND is_admin(p_user, p_organization)
    ), top AS (
        SELECT m.user_id, m.used FROM mine m
         WHERE m.resource_type = 'messages' AND m.used > 0
           AND m.user_id <> '00000000-0000-0000-0000-000000000000'
         ORDER BY m.used DESC, m.user_id LIMIT p_top
    ), resources AS (
        SELECT 'messages' AS name
        UNION SELECT m.resource_type FROM mine m
    )
    (SELECT r.name, NULL,
            -- What people used, and what the organization reserved for itself.
            coalesce(sum(m.used) FILTER (WHERE m.user_id <> '00000000-0000-0000-0000-000000000000'),
                     sum(m.used), 0)::bigint,
            count(*) FILTER (WHERE m.used > 0
                               AND m.user_id <> '00000000-0000-0000-0000-000000000000'),
            p.per_month, (this_period() + interval '1 month')::date, NULL
       FROM resources r
       LEFT JOIN mine m ON m.resource_type = r.name
       LEFT JOIN organization_pools p
              ON p.organization_id = p_organization AND p.resource_type = r.name
      WHERE is_admin(p_user, p_organization)
      GROUP BY r.name, p.per_month ORDER BY r.name)
    UNION ALL
    (SELECT 'messages', coalesce(called(t.user_id), ''), t.used, NULL, NULL, NULL,
            (SELECT min(i.platform) FROM identities i WHERE i.user_id = t.user_id)
       FROM top t ORDER BY t.used DESC, t.user_id);
$$;

-- As the release before calls it.
CREATE OR REPLACE FUNCTION team_usage(p_user uuid, p_organization uuid, p_top integer)
RETURNS TABLE (
    resource text, name text, used bigint, people bigint, pool_limit bigint, period_ends date
)
LANGUAGE sql STABLE AS $$
    SELECT t.resource, t.name, t.used, t.people, t.pool_limit, t.period_ends
      FROM team_usage_by_platform(p_user, p_organization, p_top) AS t;
$$;

-- What the bot may call of these: with the owner's rights, as 0004_walls.sql says.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
               'team_usage', 'team_usage_by_platform')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
END
$$;
