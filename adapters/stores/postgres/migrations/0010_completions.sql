-- Calls of a language model as a resource of the plans. What has no row here has no limit.
ALTER TABLE plan_limits DROP CONSTRAINT plan_limits_resource_type_check;
ALTER TABLE plan_limits ADD CONSTRAINT plan_limits_resource_type_check CHECK (
    resource_type IN ('messages', 'tasks', 'storage', 'knowledge_entries', 'completions'));
ALTER TABLE organization_pools DROP CONSTRAINT organization_pools_resource_type_check;
ALTER TABLE organization_pools ADD CONSTRAINT organization_pools_resource_type_check CHECK (
    resource_type IN ('messages', 'tasks', 'storage', 'knowledge_entries', 'completions'));

INSERT INTO plan_limits (plan, resource_type, per_month) VALUES
    ('guest', 'completions', 0), ('free', 'completions', 50), ('pro', 'completions', 2000);

-- What a person has used this month, and their limit; nothing of what they have not touched.
CREATE FUNCTION own_usage(p_user uuid, p_organization uuid)
RETURNS TABLE (resource text, used bigint, own_limit bigint)
LANGUAGE sql STABLE AS $$
    SELECT q.resource_type, q.used, limit_of(u, q.resource_type, l.per_month)
      FROM quotas q
      JOIN users u ON u.id = q.user_id
      LEFT JOIN plan_limits l ON l.plan = plan_of(u) AND l.resource_type = q.resource_type
     WHERE q.user_id = p_user AND q.organization_id = p_organization AND q.period = this_period()
       AND q.used > 0
     ORDER BY q.resource_type;
$$;
ALTER FUNCTION own_usage(uuid, uuid) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION own_usage(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_usage(uuid, uuid) TO trialogue_bot;
