-- How long an organization's data is kept; without a row, as `kept_by_default` says.
CREATE TABLE retention_policies (
    organization_id uuid NOT NULL REFERENCES organizations,
    kind            text NOT NULL
                    CHECK (kind IN ('conversations', 'analytics', 'audit', 'sessions')),
    keep            interval NOT NULL CHECK (keep >= interval '1 day'),
    PRIMARY KEY (organization_id, kind)
);

CREATE FUNCTION kept_by_default(p_kind text) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_kind WHEN 'conversations' THEN interval '7 years'
                       WHEN 'analytics' THEN interval '2 years'
                       WHEN 'audit' THEN interval '10 years'
                       WHEN 'sessions' THEN interval '30 days' END;
$$;

-- What is counted in Redis, by day. A flush that is written is known by its id, so that writing it
-- again changes nothing. The nil UUID stands for the whole installation.
CREATE TABLE analytics_daily (
    organization_id uuid NOT NULL,
    day             date NOT NULL,
    metric          text NOT NULL,
    value           bigint NOT NULL,
    PRIMARY KEY (organization_id, day, metric)
) WITH (fillfactor = 70);
CREATE TABLE analytics_flushes (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX turns_age ON turns USING brin (at);

CREATE FUNCTION write_counts(
    p_flush uuid, p_organizations uuid[], p_days date[], p_metrics text[], p_values bigint[]
)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_flushes (id) VALUES (p_flush) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO analytics_daily AS a (organization_id, day, metric, value)
    SELECT i.organization_id, i.day, i.metric, sum(i.value)
      FROM unnest(p_organizations, p_days, p_metrics, p_values)
           AS i (organization_id, day, metric, value)
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (organization_id, day, metric) DO UPDATE SET value = a.value + excluded.value;
    RETURN true;
END
$$;

-- Delete some of what is older than its organization keeps it; how much. The shortest time of all
-- bounds the part of the table that is looked at.
CREATE FUNCTION expire(p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_oldest  timestamptz := now() - (
        SELECT least(kept_by_default('conversations'), min(p.keep)) FROM retention_policies p
         WHERE p.kind = 'conversations');
    v_deleted bigint;
    v_days    bigint;
BEGIN
    DELETE FROM turns WHERE ctid = ANY (ARRAY(
        SELECT t.ctid FROM turns t
          LEFT JOIN retention_policies p
                 ON p.organization_id = t.organization_id AND p.kind = 'conversations'
         WHERE t.at < v_oldest
           AND t.at < now() - coalesce(p.keep, kept_by_default('conversations'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    DELETE FROM analytics_daily WHERE ctid = ANY (ARRAY(
        SELECT a.ctid FROM analytics_daily a
          LEFT JOIN retention_policies p
                 ON p.organization_id = a.organization_id AND p.kind = 'analytics'
         WHERE a.day < now() - coalesce(p.keep, kept_by_default('analytics'))
         LIMIT p_limit));
    GET DIAGNOSTICS v_days = ROW_COUNT;
    -- Redis forgets a flush that nobody took after a week.
    DELETE FROM analytics_flushes WHERE at < now() - interval '30 days';
    RETURN greatest(v_deleted, v_days);
END
$$;

-- Without a time the default is back.
CREATE FUNCTION set_retention(p_organization uuid, p_kind text, p_keep interval) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM retention_policies
     WHERE organization_id = p_organization AND kind = p_kind AND p_keep IS NULL;
    INSERT INTO retention_policies AS p (organization_id, kind, keep)
    SELECT p_organization, p_kind, p_keep WHERE p_keep IS NOT NULL
    ON CONFLICT (organization_id, kind) DO UPDATE SET keep = excluded.keep;
$$;

DO $$
DECLARE
    v_table    text;
    v_function regprocedure;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['retention_policies', 'analytics_daily'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY one_organization ON %I TO trialogue_bot '
                       'USING (organization_id = this_organization())', v_table);
        EXECUTE format('GRANT SELECT ON %I TO trialogue_bot', v_table);
    END LOOP;
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace
           AND p.proname IN ('write_counts', 'expire', 'set_retention')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
END
$$;
