-- How long the rest is kept.

-- Sessions belong to people, who may be in several organizations: the shortest time of these holds.
CREATE FUNCTION sessions_kept(p_user uuid) RETURNS interval LANGUAGE sql STABLE AS $$
    SELECT coalesce(min(p.keep), kept_by_default('sessions'))
      FROM memberships m
      JOIN retention_policies p ON p.organization_id = m.organization_id AND p.kind = 'sessions'
     WHERE m.user_id = p_user;
$$;

-- Delete some of what is older than its organization keeps it; how many rows of the kind that had the
-- most. Votes are kept as long as the conversations that they are about.
CREATE OR REPLACE FUNCTION expire(p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_oldest timestamptz := now() - (
        SELECT least(kept_by_default('conversations'), min(p.keep)) FROM retention_policies p
         WHERE p.kind = 'conversations');
    v_most   bigint := 0;
    v_rows   bigint;
BEGIN
    DELETE FROM turns WHERE ctid = ANY (ARRAY(
        SELECT t.ctid FROM turns t
          LEFT JOIN retention_policies p
                 ON p.organization_id = t.organization_id AND p.kind = 'conversations'
         WHERE t.at < v_oldest
           AND t.at < now() - coalesce(p.keep, kept_by_default('conversations'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_most = ROW_COUNT;
    DELETE FROM turns_cold WHERE ctid = ANY (ARRAY(
        SELECT t.ctid FROM turns_cold t
          LEFT JOIN retention_policies p
                 ON p.organization_id = t.organization_id AND p.kind = 'conversations'
         WHERE t.at < v_oldest
           AND t.at < now() - coalesce(p.keep, kept_by_default('conversations'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_most := greatest(v_most, v_rows);
    DELETE FROM user_feedback WHERE ctid = ANY (ARRAY(
        SELECT f.ctid FROM user_feedback f
          LEFT JOIN retention_policies p
                 ON p.organization_id = f.organization_id AND p.kind = 'conversations'
         WHERE f.at < v_oldest
           AND f.at < now() - coalesce(p.keep, kept_by_default('conversations'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_most := greatest(v_most, v_rows);
    DELETE FROM task_results WHERE ctid = ANY (ARRAY(
        SELECT r.ctid FROM task_results r
          LEFT JOIN retention_policies p
                 ON p.organization_id = r.organization_id AND p.kind = 'conversations'
         WHERE r.finished_at < v_oldest
           AND r.finished_at < now() - coalesce(p.keep, kept_by_default('conversations'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_most := greatest(v_most, v_rows);
    DELETE FROM analytics_daily WHERE ctid = ANY (ARRAY(
        SELECT a.ctid FROM analytics_daily a
          LEFT JOIN retention_policies p
                 ON p.organization_id = a.organization_id AND p.kind = 'analytics'
         WHERE a.day < now() - coalesce(p.keep, kept_by_default('analytics'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_most := greatest(v_most, v_rows);
    -- What is left of the chain begins with a row that names the hash of one that is gone.
    DELETE FROM audit_logs WHERE ctid = ANY (ARRAY(
        SELECT l.ctid FROM audit_logs l
          LEFT JOIN retention_policies p
                 ON p.organization_id = l.organization_id AND p.kind = 'audit'
         WHERE l."timestamp" < now() - coalesce(p.keep, kept_by_default('audit'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_most := greatest(v_most, v_rows);
    DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY(
        SELECT r.ctid FROM refresh_tokens r
         WHERE r.created_at < now() - interval '1 day'
           AND r.created_at < now() - sessions_kept(r.user_id) LIMIT p_limit));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_most := greatest(v_most, v_rows);
    -- A token of the API lives as long as it was made for; what is left is when it ended.
    DELETE FROM api_tokens WHERE ctid = ANY (ARRAY(
        SELECT a.ctid FROM api_tokens a
          LEFT JOIN retention_policies p
                 ON p.organization_id = a.organization_id AND p.kind = 'sessions'
         WHERE least(a.expires_at, a.revoked_at)
               < now() - coalesce(p.keep, kept_by_default('sessions'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_most := greatest(v_most, v_rows);
    DELETE FROM link_codes WHERE expires_at < now() - interval '1 day';
    -- Redis forgets a flush that nobody took after a week.
    DELETE FROM analytics_flushes WHERE at < now() - interval '30 days';
    RETURN v_most;
END
$$;
