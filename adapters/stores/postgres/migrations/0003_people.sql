-- What admins do with people, and people with admins.

CREATE FUNCTION set_plan(
    p_platform text, p_scope text, p_id text, p_plan text, p_until timestamptz, p_limits jsonb
)
RETURNS boolean
LANGUAGE sql AS $$
    WITH subscribed AS (
        INSERT INTO subscriptions (user_id, plan, expires_at, limits)
        SELECT d.user_id, p_plan, p_until, p_limits FROM identities d
         WHERE d.platform = p_platform AND d.scope = p_scope AND d.id = p_id
        RETURNING 1
    )
    SELECT EXISTS (SELECT 1 FROM subscribed);
$$;

-- Without a number the pool is taken away.
CREATE FUNCTION set_pool(p_organization uuid, p_resource text, p_per_month bigint) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM organization_pools
     WHERE organization_id = p_organization AND resource_type = p_resource AND p_per_month IS NULL;
    INSERT INTO organization_pools AS p (organization_id, resource_type, per_month)
    SELECT p_organization, p_resource, p_per_month WHERE p_per_month IS NOT NULL
    ON CONFLICT (organization_id, resource_type) DO UPDATE SET per_month = excluded.per_month;
$$;

CREATE FUNCTION set_role(
    p_organization uuid, p_platform text, p_scope text, p_id text, p_role text
)
RETURNS boolean
LANGUAGE sql AS $$
    WITH named AS (
        INSERT INTO memberships AS m (user_id, organization_id, role)
        SELECT d.user_id, p_organization, p_role FROM identities d
         WHERE d.platform = p_platform AND d.scope = p_scope AND d.id = p_id
        ON CONFLICT (user_id, organization_id) DO UPDATE SET role = excluded.role
        RETURNING 1
    )
    SELECT EXISTS (SELECT 1 FROM named);
$$;

CREATE FUNCTION is_admin(p_user uuid, p_organization uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM memberships m
         WHERE m.user_id = p_user AND m.organization_id = p_organization
           AND m.role IN ('admin', 'owner')
    );
$$;

-- An organization's use of this month, for one of its admins; nothing for anybody else. A row
-- without a name is the sum of a resource, with the number of its people; the others are those who
-- wrote the most messages.
CREATE FUNCTION team_usage(p_user uuid, p_organization uuid, p_top integer)
RETURNS TABLE (
    resource text, name text, used bigint, people bigint, pool_limit bigint, period_ends date
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
            p.per_month, (this_period() + interval '1 month')::date
       FROM resources r
       LEFT JOIN mine m ON m.resource_type = r.name
       LEFT JOIN organization_pools p
              ON p.organization_id = p_organization AND p.resource_type = r.name
      WHERE is_admin(p_user, p_organization)
      GROUP BY r.name, p.per_month ORDER BY r.name)
    UNION ALL
    (SELECT 'messages', coalesce(u.display_name, ''), t.used, NULL, NULL, NULL
       FROM top t LEFT JOIN users u ON u.id = t.user_id ORDER BY t.used DESC, t.user_id);
$$;

-- Write to the admins of the organization on the platform of a message, each directly: once a
-- month for a person and a resource, and once for a message however often it is called. One row
-- that says whether they were asked before and how many they are, then what can be sent now. A
-- letter is no reply to the message: its handle belongs to the one who asked.
CREATE FUNCTION ask_admins(
    p_replica uuid, p_platform text, p_dedupe_key text, p_resource text, p_text text
)
RETURNS TABLE (asked_before boolean, admins bigint, posting postings)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_message inbox := (SELECT b FROM inbox b
                         WHERE b.platform = p_platform AND b.dedupe_key = p_dedupe_key);
    v_space   text := (SELECT split_part(c.key, ':', 2) FROM conversations c
                        WHERE c.id = v_message.conversation_id);
    v_admins  text[];
    v_keys    text[];
    v_places  uuid[];
BEGIN
    SELECT array_agg(d.id ORDER BY d.id),
           array_agg(CASE p_platform
                         WHEN 'discord' THEN 'discord:dm:' || d.id
                         WHEN 'telegram' THEN 'telegram:' || v_space || ':' || d.id || ':0'
                         ELSE p_platform || ':' || v_space || ':' || d.id END ORDER BY d.id)
      INTO v_admins, v_keys
      FROM memberships m
      JOIN identities d ON d.user_id = m.user_id
     WHERE m.organization_id = v_message.organization_id AND m.role IN ('admin', 'owner')
       AND d.platform = p_platform AND p_platform IN ('slack', 'discord', 'telegram')
       AND d.scope = coalesce(v_message.message -> 'author' ->> 'scope', '');
    IF v_admins IS NULL THEN
        RETURN QUERY SELECT false, 0::bigint, NULL::postings;
        RETURN;
    END IF;

    INSERT INTO requests_for_more (organization_id, user_id, resource_type, period, inbox_id)
    VALUES (v_message.organization_id, v_message.user_id, p_resource, this_period(), v_message.id)
    ON CONFLICT DO NOTHING;
    IF NOT EXISTS (SELECT 1 FROM requests_for_more r
                    WHERE r.organization_id = v_message.organization_id
                      AND r.user_id = v_message.user_id AND r.resource_type = p_resource
                      AND r.period = this_period() AND r.inbox_id = v_message.id) THEN
        RETURN QUERY SELECT true, cardinality(v_admins)::bigint, NULL::postings;
        RETURN;
    END IF;

    -- Discord's adapter finds the channel by the person; for the others the place is the person's.
    INSERT INTO conversations (key, direct, organization_id)
    SELECT k.key, p_platform <> 'discord', v_message.organization_id
      FROM unnest(v_keys) AS k (key) ORDER BY k.key
    ON CONFLICT DO NOTHING;
    v_places := ARRAY(SELECT c.id FROM conversations c WHERE c.key = ANY (v_keys));
    PERFORM lock_conversations(v_places);
    INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence, text,
                        visible_to)
    SELECT gen_random_uuid(), md5('more:' || v_message.id || ':' || a.id)::uuid, 1,
           v_message.organization_id, c.id, c.last_sequence, p_text, a.id
      FROM unnest(v_admins, v_keys) AS a (id, key)
      JOIN conversations c ON c.key = a.key
     ORDER BY 2
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT false, cardinality(v_admins)::bigint, NULL::postings;
    RETURN QUERY SELECT false, 0::bigint, h FROM promote(p_replica, v_places) h;
END
$$;
