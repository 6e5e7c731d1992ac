-- What was given up: postings that no platform took, messages that failed again and again.
CREATE INDEX outbox_dead ON outbox (organization_id, ended_at) WHERE state = 'dead';
CREATE INDEX inbox_dead ON inbox (organization_id, settled_at) WHERE outcome = 'dead';

-- Up to when the admins of an organization were told of it.
CREATE TABLE trouble_letters (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    told_until      timestamptz NOT NULL,
    told_at         timestamptz NOT NULL
);
ALTER TABLE trouble_letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON trouble_letters TO trialogue_bot
    USING (organization_id = this_organization());

-- Behind one time and up to another, the oldest first. A letter answers no message and is for one
-- person: that it did not arrive is no trouble to write another letter about.
CREATE FUNCTION troubles(p_organization uuid, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (
    kind text, id uuid, conversation_key text, reason text, at timestamptz, is_letter boolean
)
LANGUAGE sql STABLE AS $$
    SELECT 'posting', o.id, c.key, coalesce(o.reason, ''), o.ended_at,
           o.reply_to IS NULL AND o.visible_to IS NOT NULL
      FROM outbox o JOIN conversations c ON c.id = o.conversation_id
     WHERE o.organization_id = p_organization AND o.state = 'dead'
       AND o.ended_at > p_since AND o.ended_at <= p_until
    UNION ALL
    SELECT 'message', b.id, c.key, '', b.settled_at, false
      FROM inbox b JOIN conversations c ON c.id = b.conversation_id
     WHERE b.organization_id = p_organization AND b.outcome = 'dead'
       AND b.settled_at > p_since AND b.settled_at <= p_until
     ORDER BY 5, 2;
$$;

-- Organizations whose admins have something to hear, and have not heard of anything for p_pause. What
-- is younger than p_settle waits: rows do not appear in the order of their times.
CREATE FUNCTION organizations_in_trouble(p_pause interval, p_settle interval)
RETURNS TABLE (organization_id uuid, since timestamptz, until timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT o.id, s.since, now() - p_settle
      FROM organizations o
      LEFT JOIN trouble_letters l ON l.organization_id = o.id
     CROSS JOIN LATERAL (SELECT coalesce(l.told_until, now() - interval '48 hours') AS since) AS s
     WHERE o.id IN (SELECT d.organization_id FROM outbox d WHERE d.state = 'dead'
                    UNION
                    SELECT b.organization_id FROM inbox b WHERE b.outcome = 'dead')
       AND (l.told_at IS NULL OR l.told_at < now() - p_pause)
       AND EXISTS (SELECT 1 FROM troubles(o.id, s.since, now() - p_settle) t WHERE NOT t.is_letter);
$$;

-- Write to the admins of an organization on each platform where there was some: once for what lies
-- behind p_since, whoever is at it. Whom it was written to, then what can be sent now.
CREATE FUNCTION tell_of_troubles(
    p_replica uuid, p_platforms text[], p_organization uuid, p_since timestamptz,
    p_until timestamptz, p_text text
)
RETURNS TABLE (admins bigint, posting postings)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_admins text[];
    v_keys   text[];
    v_places uuid[];
BEGIN
    INSERT INTO trouble_letters AS l (organization_id, told_until, told_at)
    VALUES (p_organization, p_until, now())
    ON CONFLICT (organization_id) DO UPDATE
       SET told_until = excluded.told_until, told_at = excluded.told_at
     WHERE l.told_until = p_since;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    SELECT array_agg(a.id), array_agg(a.key) INTO v_admins, v_keys
      FROM (SELECT DISTINCT d.id, CASE p.platform
                       WHEN 'discord' THEN 'discord:dm:' || d.id
                       WHEN 'telegram' THEN 'telegram:' || p.space || ':' || d.id || ':0'
                       ELSE p.platform || ':' || p.space || ':' || d.id END AS key
              FROM (SELECT split_part(t.conversation_key, ':', 1) AS platform,
                           split_part(t.conversation_key, ':', 2) AS space
                      FROM troubles(p_organization, p_since, p_until) t
                     WHERE NOT t.is_letter) AS p
              JOIN memberships m
                ON m.organization_id = p_organization AND m.role IN ('admin', 'owner')
              JOIN identities d ON d.user_id = m.user_id AND d.platform = p.platform
                AND (p.platform IN ('discord', 'telegram')
                     OR (p.platform = 'slack' AND d.scope = p.space))) AS a;
    RETURN QUERY SELECT coalesce(cardinality(v_admins), 0)::bigint, NULL::postings;

    -- Discord's adapter finds the channel by the person; for the others the place is the person's.
    INSERT INTO conversations (key, direct, organization_id)
    SELECT k.key, k.key NOT LIKE 'discord:%', p_organization
      FROM unnest(v_keys) AS k (key) ORDER BY k.key
    ON CONFLICT DO NOTHING;
    v_places := ARRAY(SELECT c.id FROM conversations c WHERE c.key = ANY (v_keys));
    PERFORM lock_conversations(v_places);
    INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence, text,
                        visible_to)
    SELECT gen_random_uuid(),
           md5('trouble:' || p_organization || ':' || p_until || ':' || a.key)::uuid, 1,
           p_organization, c.id, c.last_sequence, p_text, a.id
      FROM unnest(v_admins, v_keys) AS a (id, key)
      JOIN conversations c ON c.key = a.key
     ORDER BY 2
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT NULL::bigint, h FROM promote(p_replica, ARRAY(
        SELECT c.id FROM conversations c
         WHERE c.id = ANY (v_places)
           AND split_part(c.key, ':', 1) = ANY (p_platforms))) h;
END
$$;
