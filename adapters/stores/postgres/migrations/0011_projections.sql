-- Up to which revision an organization's knowledge is in the second store, or was looked at and found
-- too small for it.
CREATE TABLE knowledge_projections (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    revision        bigint NOT NULL DEFAULT -1,
    claimed_until   timestamptz
);
ALTER TABLE knowledge_projections ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON knowledge_projections TO trialogue_bot
    USING (organization_id = this_organization());

-- Promise one that is behind to the caller; none where all are up to date.
CREATE FUNCTION claim_projection(p_least integer, p_within interval) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_one record;
BEGIN
    FOR v_one IN
        SELECT o.id, o.knowledge_revision FROM organizations o
          LEFT JOIN knowledge_projections p ON p.organization_id = o.id
         WHERE o.knowledge_revision > coalesce(p.revision, 0)
           AND (p.claimed_until IS NULL OR p.claimed_until < now())
    LOOP
        IF (SELECT count(*) FROM (SELECT 1 FROM knowledge_entries e
                                   WHERE e.organization_id = v_one.id LIMIT p_least) AS enough)
               < p_least
           AND NOT EXISTS (SELECT 1 FROM knowledge_projections p
                            WHERE p.organization_id = v_one.id AND p.claimed_until IS NOT NULL) THEN
            INSERT INTO knowledge_projections AS p (organization_id, revision)
            VALUES (v_one.id, v_one.knowledge_revision)
            ON CONFLICT (organization_id) DO UPDATE SET revision = excluded.revision
             WHERE p.revision < excluded.revision AND p.claimed_until IS NULL;
            CONTINUE;
        END IF;
        INSERT INTO knowledge_projections AS p (organization_id, claimed_until)
        VALUES (v_one.id, now() + p_within)
        ON CONFLICT (organization_id) DO UPDATE SET claimed_until = excluded.claimed_until
         WHERE p.claimed_until IS NULL OR p.claimed_until < now();
        IF FOUND THEN
            RETURN v_one.id;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- Without a revision it failed: it is due again. Once projected an organization stays so, also when it
-- gets smaller.
CREATE FUNCTION release_projection(p_organization uuid, p_revision bigint) RETURNS void
LANGUAGE sql AS $$
    UPDATE knowledge_projections
       SET revision = greatest(revision, coalesce(p_revision, revision)),
           claimed_until = '-infinity'
     WHERE organization_id = p_organization;
$$;
