-- Files. A row is there before the first byte of its content is written, and until after the last
-- one was deleted: no content is ever without a row. `content` is its name in the store of contents,
-- a new one for every upload, and the operation that is charged in the ledger.
-- `due_at`: when the sweep has to look at it. An upload that nobody ended: after two hours. A kept
-- file: when its time is over. One that is being removed: when its content is to be deleted (again).
-- Locks are taken in this order: the file, then quotas (as 0003_ledger.sql says).
CREATE TABLE files (
    content         uuid PRIMARY KEY,
    id              uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL, -- the nil UUID is the organization itself
    name            text NOT NULL CHECK (name <> ''),
    state           text NOT NULL DEFAULT 'uploading'
                    CHECK (state IN ('uploading', 'kept', 'removing')),
    started_at      timestamptz NOT NULL DEFAULT now(),
    kept_at         timestamptz,
    expires_at      timestamptz,
    size            bigint CHECK (size >= 0),
    sha256          bytea CHECK (length(sha256) = 32),
    content_type    text,
    charged_period  date NOT NULL,
    due_at          timestamptz DEFAULT now() + interval '2 hours',
    deletions       smallint NOT NULL DEFAULT 1, -- how often its content is deleted yet
    CHECK (state <> 'kept' OR (kept_at, size, sha256, content_type) IS NOT NULL)
);
CREATE UNIQUE INDEX files_kept ON files (organization_id, id) WHERE state = 'kept';
CREATE INDEX files_due ON files (due_at);

-- Reserve a file's largest size, and record the content that is about to be written.
CREATE FUNCTION begin_file(
    p_content uuid, p_id uuid, p_organization uuid, p_user uuid, p_name text, p_limit integer
)
RETURNS TABLE (granted boolean, quota_limit bigint, quota_left bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_reserved record;
BEGIN
    SELECT r.* INTO v_reserved
      FROM reserve(ARRAY[p_content], ARRAY[p_organization], ARRAY[p_user], ARRAY['storage'],
                   ARRAY[p_limit], ARRAY[interval '1 day']) AS r;
    IF v_reserved.granted THEN
        INSERT INTO files (content, id, organization_id, user_id, name, charged_period)
        SELECT p_content, p_id, p_organization, p_user, p_name, r.billing_period_start
          FROM usage_records r
         WHERE r.op_id = p_content AND r.billing_period_start
               IN (this_period(), (this_period() - interval '1 month')::date)
        ON CONFLICT (content) DO NOTHING;
    END IF;
    RETURN QUERY SELECT v_reserved.granted, v_reserved.quota_limit, v_reserved.quota_left;
END
$$;

-- Keep what was written, and charge what it is. False where it is not to be kept: the file has
-- another content already, or this one was given up. Of two at once one waits for the other.
CREATE FUNCTION complete_file(
    p_content uuid, p_size bigint, p_sha256 bytea, p_content_type text, p_lifetime interval
)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_file   files;
    v_others uuid[];
BEGIN
    SELECT * INTO v_file FROM files WHERE content = p_content FOR UPDATE;
    IF v_file.state IS DISTINCT FROM 'uploading' THEN
        RETURN coalesce(v_file.state = 'kept', false);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(v_file.organization_id || ':' || v_file.id, 5));
    -- One that is past its time makes room for the new one.
    v_others := ARRAY(SELECT f.content FROM files f
                       WHERE f.organization_id = v_file.organization_id AND f.id = v_file.id
                         AND f.state = 'kept' FOR UPDATE);
    PERFORM lock_quotas_of(array_agg(f.content), array_agg(DISTINCT f.charged_period))
       FROM files f WHERE f.content = ANY (v_others || p_content);
    IF EXISTS (SELECT 1 FROM files f WHERE f.content = ANY (v_others)
                  AND (f.expires_at IS NULL OR f.expires_at > now()))
       OR NOT (SELECT e.applied FROM end_reservations(
                   ARRAY[p_content], ARRAY['settled'], ARRAY[p_size::integer]) AS e) THEN
        PERFORM drop_file(p_content);
        RETURN false;
    END IF;
    PERFORM give_back_files(v_others);
    UPDATE files SET state = 'removing', due_at = now() WHERE content = ANY (v_others);
    UPDATE files
       SET state = 'kept', kept_at = now(), expires_at = now() + p_lifetime,
           due_at = now() + p_lifetime, size = p_size, sha256 = p_sha256,
           content_type = p_content_type
     WHERE content = p_content;
    RETURN true;
END
$$;

-- Give up a content that is not kept, and refund it. False where it is kept.
CREATE FUNCTION drop_file(p_content uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_state text := (SELECT state FROM files WHERE content = p_content FOR UPDATE);
BEGIN
    IF v_state = 'uploading' THEN
        PERFORM end_reservations(ARRAY[p_content], ARRAY['refunded'], ARRAY[0]);
        UPDATE files SET state = 'removing', due_at = now() + interval '1 minute'
         WHERE content = p_content;
    END IF;
    RETURN v_state IS DISTINCT FROM 'kept';
END
$$;

-- Give kept files back to those who were charged, in the month of the charge. The caller has locked
-- the files.
CREATE FUNCTION give_back_files(p_contents uuid[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    c_nil constant uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    PERFORM lock_quotas_of(array_agg(f.content), array_agg(DISTINCT f.charged_period))
       FROM files f WHERE f.content = ANY (p_contents) HAVING count(*) > 0;
    WITH fewer AS (
        UPDATE usage_records r SET quantity = r.quantity - f.size
          FROM files f
         WHERE f.content = ANY (p_contents) AND f.state = 'kept' AND r.op_id = f.content
           AND r.billing_period_start = f.charged_period AND r.state = 'settled'
           AND r.quantity >= f.size
        RETURNING r.organization_id, r.user_id, r.billing_period_start AS period, r.pooled, f.size
    ), returned AS (
        SELECT organization_id, user_id, period, size FROM fewer
        UNION ALL
        SELECT organization_id, c_nil, period, size FROM fewer WHERE pooled
    )
    UPDATE quotas q SET used = q.used - c.size
      FROM (SELECT organization_id, user_id, period, sum(size) AS size
              FROM returned GROUP BY 1, 2, 3) AS c
     WHERE q.user_id = c.user_id AND q.organization_id = c.organization_id
       AND q.resource_type = 'storage' AND q.period = c.period;
END
$$;

-- Remove a kept file; its content, which is to be deleted now.
CREATE FUNCTION remove_file(p_organization uuid, p_id uuid) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_content uuid := (
        SELECT f.content FROM files f
         WHERE f.organization_id = p_organization AND f.id = p_id AND f.state = 'kept'
           AND (f.expires_at IS NULL OR f.expires_at > now())
           FOR UPDATE);
BEGIN
    IF v_content IS NOT NULL THEN
        PERFORM give_back_files(ARRAY[v_content]);
        UPDATE files SET state = 'removing', due_at = now() + interval '1 minute'
         WHERE content = v_content;
    END IF;
    RETURN v_content;
END
$$;

-- What is due, given back and taken for ten minutes. An upload that nobody ended may still be under
-- way in a process that was stopped for hours: its content is deleted once more, half a day later.
CREATE FUNCTION due_files(p_limit integer) RETURNS SETOF uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_due     uuid[] := ARRAY(SELECT f.content FROM files f WHERE f.due_at <= now()
                               ORDER BY f.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    v_kept    uuid[] := ARRAY(SELECT f.content FROM files f
                               WHERE f.content = ANY (v_due) AND f.state = 'kept');
    v_begun   uuid[] := ARRAY(SELECT f.content FROM files f
                               WHERE f.content = ANY (v_due) AND f.state = 'uploading');
BEGIN
    -- All at once, so that two that sweep side by side lock in one order.
    PERFORM lock_quotas_of(array_agg(f.content), array_agg(DISTINCT f.charged_period))
       FROM files f WHERE f.content = ANY (v_kept || v_begun) HAVING count(*) > 0;
    PERFORM give_back_files(v_kept);
    PERFORM end_reservations(v_begun, array_fill('refunded'::text, ARRAY[cardinality(v_begun)]),
                             array_fill(0, ARRAY[cardinality(v_begun)]));
    UPDATE files f
       SET state = 'removing', due_at = now() + interval '10 minutes',
           deletions = CASE WHEN f.state = 'uploading' THEN 2 ELSE f.deletions END
     WHERE f.content = ANY (v_due);
    RETURN QUERY SELECT unnest(v_due);
END
$$;

-- Contents that were deleted.
CREATE FUNCTION forget_files(p_contents uuid[]) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM files
     WHERE content = ANY (p_contents) AND state = 'removing' AND deletions <= 1;
    UPDATE files SET deletions = deletions - 1, due_at = now() + interval '12 hours'
     WHERE content = ANY (p_contents) AND state = 'removing' AND deletions > 1;
$$;

GRANT SELECT ON files TO trialogue_bot;
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON files TO trialogue_bot
    USING (organization_id = this_organization());

DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
               'begin_file', 'complete_file', 'drop_file', 'remove_file', 'due_files',
               'forget_files')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
                       v_function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO trialogue_bot', v_function);
    END LOOP;
    REVOKE ALL ON FUNCTION give_back_files(uuid[]) FROM PUBLIC;
END
$$;
