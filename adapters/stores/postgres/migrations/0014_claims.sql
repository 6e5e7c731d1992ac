-- Who projects an organization's knowledge: a claim is short, and renewed by its holder alone.
ALTER TABLE knowledge_projections ADD COLUMN claimed_by uuid;

-- Promise one that is behind to the caller; none where all are up to date.
CREATE FUNCTION claim_projection(p_replica uuid, p_least integer, p_within interval) RETURNS uuid
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
        INSERT INTO knowledge_projections AS p (organization_id, claimed_until, claimed_by)
        VALUES (v_one.id, now() + p_within, p_replica)
        ON CONFLICT (organization_id) DO UPDATE
           SET claimed_until = excluded.claimed_until, claimed_by = excluded.claimed_by
         WHERE p.claimed_until IS NULL OR p.claimed_until < now();
        IF FOUND THEN
            RETURN v_one.id;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- False where the claim is somebody else's by now. One that ended a moment ago and that nobody took
-- is its holder's still.
CREATE FUNCTION keep_projection(p_replica uuid, p_organization uuid, p_within interval)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE knowledge_projections SET claimed_until = now() + p_within
     WHERE organization_id = p_organization AND claimed_by = p_replica;
    RETURN FOUND;
END
$$;

-- Without a revision it failed: it is due again. Once projected an organization stays so, also when it
-- gets smaller. Whose claim was lost ends nobody else's.
CREATE FUNCTION release_projection(p_replica uuid, p_organization uuid, p_revision bigint)
RETURNS void
LANGUAGE sql AS $$
    UPDATE knowledge_projections
       SET revision = greatest(revision, coalesce(p_revision, revision)),
           claimed_until = '-infinity', claimed_by = NULL
     WHERE organization_id = p_organization AND claimed_by IS NOT DISTINCT FROM p_replica;
$$;

-- The release before this one calls them so, and is nobody in particular.
CREATE OR REPLACE FUNCTION claim_projection(p_least integer, p_within interval) RETURNS uuid
LANGUAGE sql AS $$
    SELECT claim_projection(NULL, p_least, p_within);
$$;
CREATE OR REPLACE FUNCTION release_projection(p_organization uuid, p_revision bigint) RETURNS void
LANGUAGE sql AS $$
    SELECT release_projection(NULL, p_organization, p_revision);
$$;
