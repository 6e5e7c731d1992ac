-- Who belongs to an organization, by the name that commands call them, and what they have used.
CREATE FUNCTION people_of(p_organization uuid, p_limit integer, p_offset integer)
RETURNS TABLE (
    platform text, scope text, id text, name text, role text, plan text, active boolean,
    messages bigint
)
LANGUAGE sql STABLE AS $$
    SELECT d.platform, d.scope, d.id, u.display_name, m.role, plan_of(u), u.is_active,
           coalesce(q.used, 0)
      FROM memberships m
      JOIN users u ON u.id = m.user_id
      JOIN identities d ON d.user_id = u.id
      LEFT JOIN quotas q ON q.user_id = u.id AND q.organization_id = p_organization
           AND q.resource_type = 'messages' AND q.period = this_period()
     WHERE m.organization_id = p_organization
     ORDER BY d.platform, d.scope, d.id LIMIT p_limit OFFSET p_offset;
$$;

-- What was said and used stays. False where they did not belong to it.
CREATE FUNCTION remove_member(p_organization uuid, p_platform text, p_scope text, p_id text)
RETURNS boolean
LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM memberships m USING identities d
         WHERE d.platform = p_platform AND d.scope = p_scope AND d.id = p_id
           AND m.user_id = d.user_id AND m.organization_id = p_organization
        RETURNING 1
    )
    SELECT EXISTS (SELECT 1 FROM gone);
$$;
