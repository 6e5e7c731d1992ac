-- What the plans come to. All of it by the database's clock: a plan that has run out is `free` at once.
CREATE FUNCTION this_period() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date;
$$;

CREATE FUNCTION plan_of(u users) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN u.plan_expires_at <= now() THEN 'free' ELSE u.subscription_plan END;
$$;

-- A person's own limit where their subscription names one (null: none), else their plan's. That is
-- handed in, because a function that looks it up would be called for each row.
CREATE FUNCTION limit_of(u users, p_resource text, p_of_plan bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN u.custom_limits ? p_resource
                     AND (u.plan_expires_at IS NULL OR u.plan_expires_at > now())
                THEN (u.custom_limits ->> p_resource)::bigint
                ELSE p_of_plan END;
$$;

-- The smaller rest of two limits, each null where there is none.
CREATE FUNCTION rest_of(p_own bigint, p_pool bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_own IS NOT NULL OR p_pool IS NOT NULL
                THEN greatest(0, least(p_own, p_pool)) END;
$$;

-- Admission: who writes, whether they may, whether we have it already, and its place in line.
-- `quota_limit` and `pool_limit` are null where there is none; `quota_left` is the smaller rest.
CREATE FUNCTION admit_messages(
    p_replica uuid, p_access text,
    p_ids uuid[], p_platforms text[], p_dedupe_keys text[], p_message_keys text[],
    p_conversation_keys text[], p_roots text[], p_direct boolean[], p_spaces text[],
    p_scopes text[], p_authors text[], p_names text[], p_message_ids text[], p_reply_to text[],
    p_messages jsonb[]
)
RETURNS TABLE (
    n bigint, id uuid, verdict text, conversation_key text, conversation_id uuid, sequence bigint,
    queued boolean, owner uuid, attempt integer, user_id uuid, organization_id uuid, plan text,
    tracked boolean, quota_limit bigint, quota_used bigint, pool_limit bigint, pool_used bigint,
    quota_left bigint, period_ends date, knowledge_revision bigint, received_at timestamptz
)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_default uuid := (SELECT o.id FROM organizations o WHERE o.is_default);
    v_period  date := this_period();
    v_keys    text[];
BEGIN
    INSERT INTO spaces (platform, id, organization_id)
    SELECT DISTINCT i.platform, i.space, v_default
      FROM unnest(p_platforms, p_spaces) AS i (platform, space)
     WHERE i.space IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM spaces s WHERE s.platform = i.platform AND s.id = i.space)
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING;

    WITH fresh AS (
        SELECT i.platform, i.scope, i.author, max(i.name) AS name, gen_random_uuid() AS user_id
          FROM unnest(p_platforms, p_scopes, p_authors, p_names, p_spaces)
               AS i (platform, scope, author, name, space)
         WHERE (p_access = 'open' OR (p_access = 'members' AND i.space IS NOT NULL))
           AND NOT EXISTS (SELECT 1 FROM identities d WHERE d.platform = i.platform
                              AND d.scope = i.scope AND d.id = i.author)
         GROUP BY 1, 2, 3
         ORDER BY 1, 2, 3
    ), claimed AS (
        INSERT INTO identities (platform, scope, id, user_id)
        SELECT f.platform, f.scope, f.author, f.user_id FROM fresh f ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING
        RETURNING user_id
    )
    INSERT INTO users (id, display_name)
    SELECT f.user_id, f.name FROM fresh f JOIN claimed c ON c.user_id = f.user_id;

    INSERT INTO memberships (user_id, organization_id)
    SELECT DISTINCT d.user_id, coalesce(s.organization_id, v_default)
      FROM unnest(p_platforms, p_scopes, p_authors, p_spaces) AS i (platform, scope, author, space)
      JOIN identities d ON d.platform = i.platform AND d.scope = i.scope AND d.id = i.author
      LEFT JOIN spaces s ON s.platform = i.platform AND s.id = i.space
     WHERE (p_access = 'open' OR (p_access = 'members' AND i.space IS NOT NULL))
       AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = d.user_id
                          AND (i.space IS NULL
                               OR m.organization_id = coalesce(s.organization_id, v_default)))
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING;

    -- A reply in a group without topics belongs to the chain of the message it replies to.
    SELECT array_agg(
               CASE WHEN i.root = '' THEN i.key
                    ELSE i.key || ':' || coalesce(c.root, i.root) END ORDER BY i.n)
      INTO v_keys
      FROM unnest(p_conversation_keys, p_roots, p_reply_to)
           WITH ORDINALITY AS i (key, root, reply_to, n)
      LEFT JOIN chains c ON i.root <> '' AND c.place = i.key AND c.message_id = i.reply_to;

    INSERT INTO chains (place, message_id, root)
    SELECT DISTINCT i.key, i.message_id, substr(i.full_key, length(i.key) + 2)
      FROM unnest(p_conversation_keys, p_roots, p_message_ids, v_keys)
           AS i (key, root, message_id, full_key)
     WHERE i.root <> ''
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING;

    INSERT INTO conversations (key, direct, organization_id)
    SELECT i.key, bool_and(i.direct), min(coalesce(s.organization_id, v_default)::text)::uuid
      FROM unnest(v_keys, p_direct, p_platforms, p_spaces) AS i (key, direct, platform, space)
      LEFT JOIN spaces s ON s.platform = i.platform AND s.id = i.space
     WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.key = i.key)
     GROUP BY i.key
     ORDER BY i.key
    ON CONFLICT DO NOTHING;

    PERFORM 1 FROM conversations c WHERE c.key = ANY (v_keys) ORDER BY c.id FOR UPDATE;

    RETURN QUERY
    WITH placed AS (
        SELECT i.n, i.id, i.platform, i.dedupe_key, i.message_key, i.message, i.message_id,
               c.key, c.id AS conversation_id, c.last_sequence, c.owner,
               w.waits IS NOT NULL AS queued,
               m.user_id, coalesce(m.organization_id, c.organization_id) AS organization_id,
               coalesce(u.is_active, true) AS is_active, plan_of(u) AS plan,
               limit_of(u, 'messages', l.per_month) AS quota_limit,
               row_number() OVER (PARTITION BY i.platform, i.dedupe_key ORDER BY i.n) AS copy,
               CASE WHEN i.message_key IS NULL THEN 1 ELSE
               row_number() OVER (PARTITION BY i.platform, i.message_key ORDER BY i.n) END AS twin
          FROM unnest(p_ids, p_platforms, p_dedupe_keys, p_message_keys, v_keys, p_scopes,
                      p_authors, p_spaces, p_messages, p_message_ids)
               WITH ORDINALITY AS i (id, platform, dedupe_key, message_key, key, scope, author,
                                     space, message, message_id, n)
          JOIN conversations c ON c.key = i.key
          LEFT JOIN LATERAL (
               SELECT true AS waits FROM inbox b
                WHERE b.conversation_id = c.id AND b.state = 'open' LIMIT 1) AS w ON true
          LEFT JOIN identities d
            ON d.platform = i.platform AND d.scope = i.scope AND d.id = i.author
          LEFT JOIN users u ON u.id = d.user_id
          LEFT JOIN plan_limits l ON l.plan = plan_of(u) AND l.resource_type = 'messages'
          LEFT JOIN LATERAL (
               SELECT m.user_id, m.organization_id FROM memberships m
                WHERE m.user_id = d.user_id
                  AND (i.space IS NULL OR m.organization_id = c.organization_id)
                ORDER BY m.organization_id <> c.organization_id LIMIT 1) AS m ON true
    ), known AS (
        SELECT p.*, b.id AS known_id, b.verdict AS known_verdict, b.sequence AS known_sequence,
               b.owner AS known_owner, b.attempt AS known_attempt, b.received_at AS known_at,
               b.state AS known_state
          FROM placed p
          LEFT JOIN LATERAL (
               SELECT b.* FROM inbox b
                WHERE b.platform = p.platform AND b.dedupe_key = p.dedupe_key
               UNION ALL
               SELECT b.* FROM inbox b
                WHERE b.platform = p.platform AND b.message_key = p.message_key
               LIMIT 1) AS b ON true
    ), judged AS (
        -- Not joined with what is new among it: a join of two lists compares all with all.
        SELECT k.*, k.known_id IS NULL AND k.copy = 1 AND k.twin = 1 AS is_new,
               k.last_sequence
                   + count(*) FILTER (WHERE k.known_id IS NULL AND k.copy = 1 AND k.twin = 1)
                     OVER (PARTITION BY k.conversation_id ORDER BY k.n) AS sequence,
               CASE WHEN k.queued AND k.owner IS NOT NULL THEN k.owner ELSE p_replica END
                   AS new_owner,
               CASE WHEN k.user_id IS NULL THEN 'refused'
                    WHEN NOT k.is_active THEN 'suspended'
                    ELSE 'new' END AS verdict
          FROM known k
    ), fresh AS (
        SELECT * FROM judged WHERE is_new
    ), added AS (
        INSERT INTO inbox (platform, dedupe_key, id, message_key, organization_id, user_id,
                           conversation_id, sequence, message, verdict, owner)
        SELECT f.platform, f.dedupe_key, f.id, f.message_key, f.organization_id, f.user_id,
               f.conversation_id, f.sequence, f.message, f.verdict, f.new_owner
          FROM fresh f ORDER BY f.platform, f.dedupe_key
    ), moved AS (
        UPDATE conversations c
           SET last_sequence = g.sequence, owner = g.owner, last_at = now(),
               last_message_id = coalesce(g.message_id, c.last_message_id)
          FROM (SELECT f.conversation_id, max(f.sequence) AS sequence, min(f.new_owner::text)::uuid
                           AS owner,
                       -- Not of a command or a click: the mark is for reading messages back.
                       (array_agg(f.message_id ORDER BY f.sequence DESC)
                           FILTER (WHERE f.message ->> 'kind' = 'message'))[1] AS message_id
                  FROM fresh f GROUP BY f.conversation_id) AS g
         WHERE c.id = g.conversation_id
    ), handed AS (
        SELECT count(pg_notify('trialogue_' || replace(f.new_owner::text, '-', ''),
                               f.conversation_id::text))
          FROM fresh f WHERE f.new_owner <> p_replica
    )
    SELECT k.n, coalesce(k.known_id, k.id),
           CASE WHEN k.is_new THEN k.verdict
                WHEN k.known_id = k.id AND k.known_state = 'open'
                     AND k.known_verdict = 'new' THEN 'yours'
                WHEN k.known_id = k.id AND k.known_state = 'open' THEN k.known_verdict
                ELSE 'duplicate' END,
           k.key, k.conversation_id,
           CASE WHEN k.is_new THEN k.sequence ELSE coalesce(k.known_sequence, 0) END, k.queued,
           CASE WHEN k.is_new THEN k.new_owner ELSE coalesce(k.known_owner, p_replica) END,
           coalesce(k.known_attempt, 1),
           k.user_id, k.organization_id, k.plan,
           l.tracked, k.quota_limit, coalesce(q.used, 0), p.per_month, coalesce(s.used, 0),
           rest_of(k.quota_limit - coalesce(q.used, 0), p.per_month - coalesce(s.used, 0)),
           (v_period + interval '1 month')::date, o.knowledge_revision, coalesce(k.known_at, now())
      FROM judged k
      JOIN organizations o ON o.id = k.organization_id
      LEFT JOIN plans l ON l.name = k.plan
      LEFT JOIN quotas q ON q.user_id = k.user_id AND q.organization_id = k.organization_id
           AND q.resource_type = 'messages' AND q.period = v_period
      LEFT JOIN organization_pools p
             ON p.organization_id = k.organization_id AND p.resource_type = 'messages'
      LEFT JOIN quotas s ON s.user_id = '00000000-0000-0000-0000-000000000000'
           AND s.organization_id = p.organization_id AND s.resource_type = 'messages'
           AND s.period = v_period
      LEFT JOIN handed ON true
     ORDER BY k.n;
END
$$;

-- The release before this one calls it so. It knows no absence of a limit.
CREATE OR REPLACE FUNCTION admit(
    p_replica uuid, p_access text,
    p_ids uuid[], p_platforms text[], p_dedupe_keys text[], p_message_keys text[],
    p_conversation_keys text[], p_roots text[], p_direct boolean[], p_spaces text[],
    p_scopes text[], p_authors text[], p_names text[], p_message_ids text[], p_reply_to text[],
    p_messages jsonb[]
)
RETURNS TABLE (
    n bigint, id uuid, verdict text, conversation_key text, conversation_id uuid, sequence bigint,
    queued boolean, owner uuid, attempt integer, user_id uuid, organization_id uuid, plan text,
    quota_limit bigint, quota_left bigint, knowledge_revision bigint, received_at timestamptz
)
LANGUAGE sql AS $$
    SELECT a.n, a.id, a.verdict, a.conversation_key, a.conversation_id, a.sequence, a.queued,
           a.owner, a.attempt, a.user_id, a.organization_id, a.plan,
           CASE WHEN a.user_id IS NOT NULL THEN coalesce(a.quota_limit, 1000000000) END,
           CASE WHEN a.user_id IS NOT NULL THEN coalesce(a.quota_left, 1000000000) END,
           a.knowledge_revision, a.received_at
      FROM admit_messages(p_replica, p_access, p_ids, p_platforms, p_dedupe_keys, p_message_keys,
                          p_conversation_keys, p_roots, p_direct, p_spaces, p_scopes, p_authors,
                          p_names, p_message_ids, p_reply_to, p_messages) AS a;
$$;

-- Count these messages, for their people and for the pools of their organizations, and tell which of
-- the warnings are due: the update of a quota is the one place where each sum is seen once, whatever
-- number of replicas counts. Nested loops are off because arrays are taken for short ones.
CREATE FUNCTION count_messages(
    p_ops uuid[], p_organizations uuid[], p_users uuid[], p_periods date[], p_n bigint[],
    p_warn_of integer[], p_warn_pool boolean[], p_warn_at bigint[]
)
RETURNS bigint[]
LANGUAGE plpgsql SET enable_hashjoin = on SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_due bigint[];
BEGIN
    WITH counted AS (
        INSERT INTO usage_records (billing_period_start, op_id, organization_id, user_id,
                                   resource_type, quantity, pooled)
        SELECT i.period, i.op_id, i.organization_id, i.user_id, 'messages', 1,
               i.organization_id IN (SELECT p.organization_id FROM organization_pools p
                                      WHERE p.resource_type = 'messages')
          FROM unnest(p_periods, p_ops, p_organizations, p_users)
               AS i (period, op_id, organization_id, user_id)
         ORDER BY 1, 2
        ON CONFLICT DO NOTHING
        RETURNING op_id, organization_id, user_id, billing_period_start AS period, pooled
    ), charged AS (
        SELECT op_id, organization_id, user_id, period, false AS pool FROM counted
        UNION ALL
        SELECT op_id, organization_id, '00000000-0000-0000-0000-000000000000', period, true
          FROM counted WHERE pooled
    ), raised AS (
        INSERT INTO quotas AS q (organization_id, user_id, resource_type, period, used)
        SELECT c.organization_id, c.user_id, 'messages', c.period, count(*)
          FROM charged c GROUP BY 1, 2, 4 ORDER BY c.user_id, c.organization_id, c.period
        ON CONFLICT (user_id, organization_id, resource_type, period)
        DO UPDATE SET used = q.used + excluded.used
        RETURNING q.organization_id, q.user_id, q.period, q.used
    ), reached AS (
        SELECT c.op_id, c.pool,
               r.used - count(*) OVER key + row_number() OVER (key ORDER BY c.op_id) AS used
          FROM charged c
          JOIN raised r ON r.user_id = c.user_id AND r.organization_id = c.organization_id
           AND r.period = c.period
        WINDOW key AS (PARTITION BY c.user_id, c.organization_id, c.period)
    )
    SELECT array_agg(w.place) INTO v_due
      FROM unnest(p_warn_of, p_warn_pool, p_warn_at) WITH ORDINALITY AS w (n, pool, at, place)
      JOIN unnest(p_ops, p_n) AS m (op_id, n) ON m.n = w.n
      JOIN reached r ON r.op_id = m.op_id AND r.pool = w.pool AND r.used = w.at;
    RETURN v_due;
END
$$;

-- Settlement: end the message, count it, queue its postings and hand back those to send now.
-- Parts of all messages come in one list; p_part_of says whose they are (1 = the first message).
-- So do the warnings: one goes out, to the author alone and after the answer, when this message
-- is the one that makes the person's use p_warn_at, or the pool's. p_warn_text is its place in
-- p_warnings and p_warning_buttons.
CREATE FUNCTION settle_messages(
    p_replica uuid, p_platforms text[], p_dedupe_keys text[], p_conversations uuid[],
    p_attempts integer[], p_outcomes text[], p_answers text[], p_confidences real[],
    p_counted boolean[], p_remembered boolean[], p_private boolean[], p_buttons jsonb[],
    p_part_of integer[], p_part_ids uuid[], p_part_texts text[],
    p_warn_of integer[], p_warn_pool boolean[], p_warn_at bigint[], p_warn_text integer[],
    p_warnings text[], p_warning_buttons jsonb[]
)
RETURNS TABLE (n bigint, applied boolean, settled_at timestamptz, posting postings)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_settled       bigint[];
    v_counted       bigint[];
    v_ops           uuid[];
    v_organizations uuid[];
    v_users         uuid[];
    v_periods       date[];
    v_due           bigint[];
BEGIN
    PERFORM lock_conversations(p_conversations);

    WITH ended AS (
        UPDATE inbox b
           SET state = 'settled', settled_at = now(), outcome = i.outcome, answer = i.answer,
               confidence = i.confidence, recorded = (b.user_id IS NULL OR NOT i.remembered)
          FROM unnest(p_platforms, p_dedupe_keys, p_attempts, p_outcomes, p_answers, p_confidences,
                      p_remembered, p_counted) WITH ORDINALITY
               AS i (platform, dedupe_key, attempt, outcome, answer, confidence, remembered,
                     counted, n)
         WHERE b.platform = i.platform AND b.dedupe_key = i.dedupe_key AND b.settled_at IS NULL
           AND b.owner = p_replica AND b.attempt = i.attempt
        RETURNING i.n, i.counted AND b.user_id IS NOT NULL AS counted, b.id, b.organization_id,
                  b.user_id, date_trunc('month', b.received_at AT TIME ZONE 'UTC')::date AS period
    )
    SELECT coalesce(array_agg(e.n), '{}'), array_agg(e.n) FILTER (WHERE e.counted),
           array_agg(e.id) FILTER (WHERE e.counted),
           array_agg(e.organization_id) FILTER (WHERE e.counted),
           array_agg(e.user_id) FILTER (WHERE e.counted),
           array_agg(e.period) FILTER (WHERE e.counted)
      INTO v_settled, v_counted, v_ops, v_organizations, v_users, v_periods
      FROM ended e;

    IF v_counted IS NOT NULL THEN
        v_due := count_messages(v_ops, v_organizations, v_users, v_periods, v_counted,
                                p_warn_of, p_warn_pool, p_warn_at);
    END IF;

    -- The first part is the head where nothing waits before it: it begins as `sending`. Two
    -- messages of one conversation in a group are told apart by their order. The buttons of a
    -- reply go below its last part.
    INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence, reply_to,
                        text, buttons, visible_to, state, owner, attempts)
    SELECT q.id, q.inbox_id, q.part, q.organization_id, q.conversation_id, q.sequence, q.reply_to,
           q.text, q.buttons, q.visible_to, CASE WHEN q.head THEN 'sending' ELSE 'pending' END,
           CASE WHEN q.head THEN p_replica END, q.head::integer
      FROM (
        SELECT p.id, b.id AS inbox_id, b.organization_id, b.conversation_id, b.sequence,
               b.message ->> 'message_id' AS reply_to, p.text,
               CASE WHEN p.place = max(p.place) OVER (PARTITION BY p.n)
                    THEN p_buttons[p.n] END AS buttons,
               CASE WHEN p_private[p.n] THEN b.message -> 'author' ->> 'id' END AS visible_to,
               row_number() OVER (PARTITION BY p.n ORDER BY p.place) AS part,
               row_number() OVER (PARTITION BY b.conversation_id ORDER BY b.sequence, p.place) = 1
                   AND w.waits IS NULL AS head
          FROM unnest(p_part_of, p_part_ids, p_part_texts) WITH ORDINALITY AS p (n, id, text, place)
          JOIN inbox b ON b.platform = p_platforms[p.n] AND b.dedupe_key = p_dedupe_keys[p.n]
          LEFT JOIN LATERAL (
               SELECT true AS waits FROM outbox o
                WHERE o.conversation_id = b.conversation_id
                  AND o.state IN ('pending', 'sending', 'ambiguous') LIMIT 1) AS w ON true
         WHERE p.n = ANY (v_settled)) AS q
     ORDER BY q.inbox_id, q.part
    ON CONFLICT DO NOTHING;

    IF v_due IS NOT NULL THEN
        INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence,
                            reply_to, text, buttons, visible_to)
        SELECT gen_random_uuid(), b.id,
               coalesce((SELECT max(o.part) FROM outbox o WHERE o.inbox_id = b.id), 0)
                   + row_number() OVER (PARTITION BY b.id ORDER BY w.place),
               b.organization_id, b.conversation_id, b.sequence, b.message ->> 'message_id',
               p_warnings[w.text], p_warning_buttons[w.text],
               CASE WHEN NOT c.direct THEN b.message -> 'author' ->> 'id' END
          FROM unnest(p_warn_of, p_warn_text) WITH ORDINALITY AS w (n, text, place)
          JOIN inbox b ON b.platform = p_platforms[w.n] AND b.dedupe_key = p_dedupe_keys[w.n]
          JOIN conversations c ON c.id = b.conversation_id
         WHERE w.place = ANY (v_due)
         ORDER BY 2, 3;
    END IF;

    -- A repeat of a call whose commit was unknown finds its row settled by itself: applied. The
    -- posting it did not hear of is `sending` in its name, and adopt_postings finds it again.
    RETURN QUERY
    SELECT i.n,
           i.n = ANY (v_settled)
               OR (b.state = 'settled' AND b.owner = p_replica AND b.attempt = i.attempt),
           coalesce(b.settled_at, now()), p
      FROM unnest(p_platforms, p_dedupe_keys, p_attempts)
           WITH ORDINALITY AS i (platform, dedupe_key, attempt, n)
      JOIN inbox b ON b.platform = i.platform AND b.dedupe_key = i.dedupe_key
      LEFT JOIN outbox o ON o.inbox_id = b.id AND o.part = 1 AND o.state = 'sending'
           AND i.n = ANY (v_settled)
      LEFT JOIN postings p ON p.id = o.id
     ORDER BY i.n;
END
$$;

-- The release before this one calls it so: it has no warnings.
CREATE OR REPLACE FUNCTION settle(
    p_replica uuid, p_platforms text[], p_dedupe_keys text[], p_conversations uuid[],
    p_attempts integer[], p_outcomes text[], p_answers text[], p_confidences real[],
    p_counted boolean[], p_remembered boolean[], p_private boolean[], p_buttons jsonb[],
    p_part_of integer[], p_part_ids uuid[], p_part_texts text[]
)
RETURNS TABLE (n bigint, applied boolean, settled_at timestamptz, posting postings)
LANGUAGE sql AS $$
    SELECT s.* FROM settle_messages(
        p_replica, p_platforms, p_dedupe_keys, p_conversations, p_attempts, p_outcomes, p_answers,
        p_confidences, p_counted, p_remembered, p_private, p_buttons, p_part_of, p_part_ids,
        p_part_texts, '{}', '{}', '{}', '{}', '{}', '{}') AS s;
$$;

-- One row a message that waits for its lane, with everything that handling it needs.
CREATE VIEW open_messages AS
SELECT b.id, b.verdict, b.message, c.key AS conversation_key, b.conversation_id, b.sequence,
       b.owner, b.attempt, b.orphaned, b.crash_count, b.user_id, b.organization_id,
       plan_of(u) AS plan, l.tracked, limit_of(u, 'messages', t.per_month) AS quota_limit,
       coalesce(q.used, 0) AS quota_used, p.per_month AS pool_limit,
       coalesce(s.used, 0) AS pool_used,
       rest_of(limit_of(u, 'messages', t.per_month) - coalesce(q.used, 0),
               p.per_month - coalesce(s.used, 0)) AS quota_left,
       (this_period() + interval '1 month')::date AS period_ends,
       o.knowledge_revision, b.received_at
  FROM inbox b
  JOIN conversations c ON c.id = b.conversation_id
  JOIN organizations o ON o.id = b.organization_id
  LEFT JOIN users u ON u.id = b.user_id
  LEFT JOIN plans l ON l.name = plan_of(u)
  LEFT JOIN plan_limits t ON t.plan = plan_of(u) AND t.resource_type = 'messages'
  LEFT JOIN quotas q ON q.user_id = b.user_id AND q.organization_id = b.organization_id
       AND q.resource_type = 'messages' AND q.period = this_period()
  LEFT JOIN organization_pools p
         ON p.organization_id = b.organization_id AND p.resource_type = 'messages'
  LEFT JOIN quotas s ON s.user_id = '00000000-0000-0000-0000-000000000000'
       AND s.organization_id = p.organization_id AND s.resource_type = 'messages'
       AND s.period = this_period()
 WHERE b.state = 'open';
GRANT SELECT ON open_messages TO trialogue_app;

-- The release before this one reads it.
CREATE OR REPLACE VIEW waiting_messages AS
SELECT w.id, w.verdict, w.message, w.conversation_key, w.conversation_id, w.sequence, w.owner,
       w.attempt, w.orphaned, w.crash_count, w.user_id, w.organization_id, w.plan,
       CASE WHEN w.user_id IS NOT NULL THEN coalesce(w.quota_limit, 1000000000) END AS quota_limit,
       CASE WHEN w.user_id IS NOT NULL THEN coalesce(w.quota_left, 1000000000) END AS quota_left,
       w.knowledge_revision, w.received_at
  FROM open_messages w;
