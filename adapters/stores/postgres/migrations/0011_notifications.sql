-- What a person was told of, as far as it can still be found: their questions that got an answer later,
-- and how much of this month's messages they have used.
CREATE FUNCTION answered_later(p_user uuid, p_since interval, p_limit integer)
RETURNS TABLE (message_id uuid, question text, answered_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT g.message_id, g.question, g.answered_at FROM gap_askers g
     WHERE g.user_id = p_user AND g.answered_at > now() - p_since
     ORDER BY g.answered_at DESC LIMIT p_limit;
$$;

CREATE FUNCTION messages_used(p_user uuid)
RETURNS TABLE (
    organization_id uuid, used bigint, quota_limit bigint, period_ends date, seen_at timestamptz
)
LANGUAGE sql STABLE AS $$
    SELECT q.organization_id, q.used, limit_of(u, 'messages', t.per_month),
           (this_period() + interval '1 month')::date, now()
      FROM quotas q
      JOIN users u ON u.id = q.user_id
      JOIN plans l ON l.name = plan_of(u) AND l.tracked
      LEFT JOIN plan_limits t ON t.plan = plan_of(u) AND t.resource_type = 'messages'
     WHERE q.user_id = p_user AND q.resource_type = 'messages' AND q.period = this_period();
$$;

-- A session is valid as long as this is what it was begun with; NULL for who may not come in.
CREATE FUNCTION token_version(p_user uuid) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT u.token_version FROM users u WHERE u.id = p_user AND u.is_active;
$$;

CREATE FUNCTION end_sessions(p_user uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE users SET token_version = token_version + 1 WHERE id = p_user;
$$;
