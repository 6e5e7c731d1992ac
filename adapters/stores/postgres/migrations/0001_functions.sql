-- Each function serves a whole group of calls: arrays in, rows out. Locks are taken in one order
-- everywhere (spaces, identities, memberships, conversations by id, inbox, usage, quotas, outbox)
-- and by key within a table, so that groups of different replicas never deadlock.
-- Sequential scans are off: the plans are cached while the tables are still empty. Between two
-- vacuums the partial indexes hold an entry for every row that has left them, so they are only
-- walked for one conversation at a time (LATERAL ... LIMIT 1), never as a whole.

CREATE FUNCTION replica_lives(p_replica uuid, p_timeout interval) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM replicas WHERE id = p_replica AND heartbeat_at > now() - p_timeout
    );
$$;

-- Whether a replica may judge the others' silence. When the database was away for all, all were
-- silent: whoever comes back first must give the others as long to be heard, or what they are posting
-- is posted twice. That is told here, and not by the caller's clock, because a statement that was
-- sent before the break runs after it.
CREATE FUNCTION replica_steady(p_replica uuid, p_timeout interval) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM replicas WHERE id = p_replica AND heartbeat_at > now() - 0.6 * p_timeout
           AND steady_since < now() - p_timeout
    );
$$;

CREATE FUNCTION beat(p_replica uuid, p_timeout interval) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO replicas AS r (id) VALUES (p_replica)
    ON CONFLICT (id) DO UPDATE
       SET steady_since = CASE WHEN r.heartbeat_at > now() - 0.6 * p_timeout THEN r.steady_since
                               ELSE now() END,
           heartbeat_at = now();
$$;

-- What a replica needs to know of a posting to send it.
CREATE VIEW postings AS
SELECT o.id, o.inbox_id AS message_id, o.conversation_id, c.key AS conversation_key, c.direct,
       o.reply_to, o.text, o.plain, o.attempts, o.unconfirmed, o.written_at, o.buttons, o.visible_to
  FROM outbox o JOIN conversations c ON c.id = o.conversation_id;

-- Turn the heads of these conversations to `sending` where it is their turn, and return them.
-- The caller holds the conversations' row locks. What is being sent is the head, also when an earlier
-- message was settled, or its person told to wait, after a later one.
CREATE FUNCTION promote(p_replica uuid, p_conversations uuid[]) RETURNS SETOF postings
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_promoted uuid[];
BEGIN
    WITH promoted AS (
        UPDATE outbox o
           SET state = 'sending', owner = p_replica, attempts = o.attempts + 1,
               next_at = clock_timestamp()
          FROM unnest(p_conversations) AS asked (conversation_id)
         CROSS JOIN LATERAL (
               SELECT w.id, w.state, w.next_at FROM outbox w
                WHERE w.conversation_id = asked.conversation_id
                  AND w.state IN ('pending', 'sending', 'ambiguous')
                ORDER BY w.state <> 'sending', w.sequence, w.part
                LIMIT 1) AS head
         WHERE o.id = head.id AND head.state IN ('pending', 'ambiguous')
           AND head.next_at <= clock_timestamp()
        RETURNING o.id
    )
    SELECT coalesce(array_agg(p.id), '{}') INTO v_promoted FROM promoted p;
    RETURN QUERY SELECT p.* FROM postings p WHERE p.id = ANY (v_promoted);
END
$$;

CREATE FUNCTION lock_conversations(p_conversations uuid[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM conversations WHERE id = ANY (p_conversations) ORDER BY id FOR UPDATE;
END
$$;

-- Admission: who writes, whether they may, whether we have it already, and its place in line.
CREATE FUNCTION admit(
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
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_default uuid := (SELECT o.id FROM organizations o WHERE o.is_default);
    v_period  date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
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
               coalesce(u.is_active, true) AS is_active, u.subscription_plan,
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
    ), fresh AS (
        SELECT k.*,
               k.last_sequence + row_number() OVER (PARTITION BY k.conversation_id ORDER BY k.n)
                   AS sequence,
               CASE WHEN k.queued AND k.owner IS NOT NULL THEN k.owner ELSE p_replica END
                   AS new_owner,
               CASE WHEN k.user_id IS NULL THEN 'refused'
                    WHEN NOT k.is_active THEN 'suspended'
                    ELSE 'new' END AS verdict
          FROM known k
         WHERE k.known_id IS NULL AND k.copy = 1 AND k.twin = 1
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
    SELECT k.n, coalesce(f.id, k.known_id, k.id),
           CASE WHEN f.id IS NOT NULL THEN f.verdict
                WHEN k.known_id = k.id AND k.known_state = 'open'
                     AND k.known_verdict = 'new' THEN 'yours'
                WHEN k.known_id = k.id AND k.known_state = 'open' THEN k.known_verdict
                ELSE 'duplicate' END,
           k.key, k.conversation_id, coalesce(f.sequence, k.known_sequence, 0), k.queued,
           coalesce(f.new_owner, k.known_owner, p_replica), coalesce(k.known_attempt, 1),
           k.user_id, k.organization_id, k.subscription_plan,
           l.messages_per_month, greatest(0, l.messages_per_month - coalesce(q.used, 0)),
           o.knowledge_revision, coalesce(k.known_at, now())
      FROM known k
      LEFT JOIN fresh f ON f.n = k.n
      JOIN organizations o ON o.id = k.organization_id
      LEFT JOIN plans l ON l.name = k.subscription_plan
      LEFT JOIN quotas q ON q.user_id = k.user_id AND q.organization_id = k.organization_id
           AND q.resource_type = 'messages' AND q.period = v_period
      LEFT JOIN handed ON true
     ORDER BY k.n;
END
$$;

-- Settlement: end the message, count it, queue its postings and hand back those to send now.
-- Parts of all messages come in one list; p_part_of says whose they are (1 = the first message).
CREATE FUNCTION settle(
    p_replica uuid, p_platforms text[], p_dedupe_keys text[], p_conversations uuid[],
    p_attempts integer[], p_outcomes text[], p_answers text[], p_confidences real[],
    p_counted boolean[], p_remembered boolean[], p_private boolean[], p_buttons jsonb[],
    p_part_of integer[], p_part_ids uuid[], p_part_texts text[]
)
RETURNS TABLE (n bigint, applied boolean, settled_at timestamptz, posting postings)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_settled bigint[];
BEGIN
    PERFORM lock_conversations(p_conversations);

    WITH ended AS (
        UPDATE inbox b
           SET state = 'settled', settled_at = now(), outcome = i.outcome, answer = i.answer,
               confidence = i.confidence, recorded = (b.user_id IS NULL OR NOT i.remembered)
          FROM unnest(p_platforms, p_dedupe_keys, p_attempts, p_outcomes, p_answers, p_confidences,
                      p_remembered) WITH ORDINALITY
               AS i (platform, dedupe_key, attempt, outcome, answer, confidence, remembered, n)
         WHERE b.platform = i.platform AND b.dedupe_key = i.dedupe_key AND b.settled_at IS NULL
           AND b.owner = p_replica AND b.attempt = i.attempt
        RETURNING i.n
    )
    SELECT coalesce(array_agg(e.n), '{}') INTO v_settled FROM ended e;

    WITH counted AS (
        INSERT INTO usage_records (billing_period_start, op_id, organization_id, user_id,
                                   resource_type, quantity)
        SELECT date_trunc('month', b.received_at AT TIME ZONE 'UTC')::date, b.id,
               b.organization_id, b.user_id, 'messages', 1
          FROM unnest(p_platforms, p_dedupe_keys, p_counted)
               WITH ORDINALITY AS i (platform, dedupe_key, counted, n)
          JOIN inbox b ON b.platform = i.platform AND b.dedupe_key = i.dedupe_key
         WHERE i.n = ANY (v_settled) AND i.counted AND b.user_id IS NOT NULL
         ORDER BY 1, 2
        ON CONFLICT DO NOTHING
        RETURNING organization_id, user_id, billing_period_start, quantity
    )
    INSERT INTO quotas AS q (organization_id, user_id, resource_type, period, used)
    SELECT c.organization_id, c.user_id, 'messages', c.billing_period_start, sum(c.quantity)
      FROM counted c GROUP BY 1, 2, 3, 4 ORDER BY c.user_id, c.organization_id, 4
    ON CONFLICT (user_id, organization_id, resource_type, period)
    DO UPDATE SET used = q.used + excluded.used;

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

-- The end of one attempt to post: sent, pending (again later), ambiguous or dead.
CREATE FUNCTION finish(
    p_replica uuid, p_ids uuid[], p_conversations uuid[], p_states text[], p_delays interval[],
    p_plain boolean[], p_reasons text[], p_message_ids text[]
)
RETURNS TABLE (n bigint, posting postings)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM lock_conversations(p_conversations);

    WITH ended AS (
        UPDATE outbox o
           SET state = i.state, next_at = clock_timestamp() + i.delay,
               plain = o.plain OR i.plain, reason = i.reason,
               unconfirmed = o.unconfirmed OR i.state = 'ambiguous',
               message_ids = string_to_array(i.message_ids, ' '),
               ended_at = CASE WHEN i.state IN ('sent', 'dead') THEN now() END
          FROM unnest(p_ids, p_states, p_delays, p_plain, p_reasons, p_message_ids)
               AS i (id, state, delay, plain, reason, message_ids)
         WHERE o.id = i.id AND o.state <> 'sent'
           AND (i.state = 'sent' OR (o.state = 'sending' AND o.owner = p_replica))
        RETURNING o.conversation_id, o.message_ids
    )
    INSERT INTO chains (place, message_id, root)
    SELECT left(c.key, length(c.key) - length(split_part(c.key, ':', 5)) - 1), m.id,
           split_part(c.key, ':', 5)
      FROM ended e
      JOIN conversations c ON c.id = e.conversation_id
     CROSS JOIN unnest(e.message_ids) AS m (id)
     WHERE split_part(c.key, ':', 5) <> ''
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING;

    RETURN QUERY
    SELECT min(i.n), h
      FROM promote(p_replica, p_conversations) h
      JOIN unnest(p_conversations) WITH ORDINALITY AS i (conversation_id, n)
        ON i.conversation_id = h.conversation_id
     GROUP BY h;
END
$$;

-- The turns of these messages are in the thread store. Losing the mark in a crash of the server only
-- means writing the same turns again, so nobody waits for the disk.
CREATE FUNCTION mark_recorded(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM 1 FROM inbox b WHERE b.id = ANY (p_ids) AND b.state = 'settled' AND NOT b.recorded
      ORDER BY b.id FOR UPDATE;
    UPDATE inbox b SET recorded = true
     WHERE b.id = ANY (p_ids) AND b.state = 'settled' AND NOT b.recorded;
END
$$;

-- A line to the person ahead of the answer, once a message; returns what may be sent now.
CREATE FUNCTION notice(
    p_replica uuid, p_platform text, p_dedupe_key text, p_id uuid, p_text text
)
RETURNS SETOF postings
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_conversation uuid := (SELECT b.conversation_id FROM inbox b
                             WHERE b.platform = p_platform AND b.dedupe_key = p_dedupe_key);
BEGIN
    PERFORM lock_conversations(ARRAY[v_conversation]);
    INSERT INTO outbox (id, inbox_id, part, organization_id, conversation_id, sequence, reply_to,
                        text)
    SELECT p_id, b.id, 0, b.organization_id, b.conversation_id, b.sequence,
           b.message ->> 'message_id', p_text
      FROM inbox b
     WHERE b.platform = p_platform AND b.dedupe_key = p_dedupe_key AND b.state = 'open'
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT h.* FROM promote(p_replica, ARRAY[v_conversation]) h;
END
$$;

CREATE FUNCTION send_due(p_replica uuid, p_conversations uuid[])
RETURNS SETOF postings
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_conversations(p_conversations);
    RETURN QUERY SELECT h.* FROM promote(p_replica, p_conversations) h;
END
$$;

-- One row a message that waits for its lane, with everything that handling it needs.
CREATE VIEW waiting_messages AS
SELECT b.id, b.verdict, b.message, c.key AS conversation_key, b.conversation_id, b.sequence,
       b.owner, b.attempt, b.orphaned, b.crash_count, b.user_id, b.organization_id, u.subscription_plan AS plan,
       l.messages_per_month AS quota_limit,
       greatest(0, l.messages_per_month - coalesce(q.used, 0)) AS quota_left,
       o.knowledge_revision, b.received_at
  FROM inbox b
  JOIN conversations c ON c.id = b.conversation_id
  JOIN organizations o ON o.id = b.organization_id
  LEFT JOIN users u ON u.id = b.user_id
  LEFT JOIN plans l ON l.name = u.subscription_plan
  LEFT JOIN quotas q ON q.user_id = b.user_id AND q.organization_id = b.organization_id
       AND q.resource_type = 'messages'
       AND q.period = date_trunc('month', now() AT TIME ZONE 'UTC')::date
 WHERE b.state = 'open';

-- Take over the open messages of conversations whose owner is gone, and find again one's own that
-- were handed over without being heard (older than the time-out). Only of platforms that the caller
-- can answer on. What others left comes first: one's own may be many, and known already.
CREATE FUNCTION adopt_messages(
    p_replica uuid, p_platforms text[], p_timeout interval, p_limit integer
)
RETURNS TABLE (conversation_id uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_conversations uuid[];
    v_steady        boolean := replica_steady(p_replica, p_timeout);
BEGIN
    SELECT coalesce(array_agg(c.id), '{}') INTO v_conversations
      FROM (SELECT c.id FROM conversations c
             WHERE c.id IN (SELECT b.conversation_id FROM inbox b
                             WHERE b.state = 'open' AND b.platform = ANY (p_platforms)
                               AND (b.owner IS NULL
                                    OR (b.owner = p_replica AND b.received_at < now() - p_timeout)
                                    OR (b.owner <> p_replica
                                        AND v_steady AND NOT replica_lives(b.owner, p_timeout)))
                             ORDER BY b.owner IS NOT DISTINCT FROM p_replica
                             LIMIT p_limit)
             ORDER BY c.id
               FOR UPDATE SKIP LOCKED) AS c;

    UPDATE inbox b
       SET owner = p_replica, attempt = b.attempt + 1,
           orphaned = b.orphaned OR b.owner IS NOT NULL
     WHERE b.conversation_id = ANY (v_conversations) AND b.state = 'open'
       AND (b.owner IS NULL
            OR (b.owner <> p_replica AND v_steady AND NOT replica_lives(b.owner, p_timeout)));

    UPDATE conversations c SET owner = p_replica
     WHERE c.id = ANY (v_conversations) AND c.owner IS DISTINCT FROM p_replica
       AND NOT EXISTS (SELECT 1 FROM inbox b WHERE b.conversation_id = c.id AND b.state = 'open'
                          AND b.owner <> p_replica);

    RETURN QUERY SELECT DISTINCT b.conversation_id FROM inbox b
     WHERE b.conversation_id = ANY (v_conversations) AND b.state = 'open' AND b.owner = p_replica;
END
$$;

-- Take over postings: those a vanished replica was sending become ambiguous, then every head whose
-- turn has been for a while is promoted here. One's own that are `sending` for long are returned
-- too: the caller knows which of them it is really sending. In random order, so that those whose
-- turn it is not can never stand in the way of the others.
CREATE FUNCTION adopt_postings(
    p_replica uuid, p_platforms text[], p_timeout interval, p_limit integer
)
RETURNS SETOF postings
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_conversations uuid[];
    v_steady        boolean := replica_steady(p_replica, p_timeout);
BEGIN
    SELECT coalesce(array_agg(c.id), '{}') INTO v_conversations
      FROM (SELECT c.id FROM conversations c
             WHERE c.id IN (SELECT o.conversation_id
                              FROM outbox o JOIN conversations d ON d.id = o.conversation_id
                             WHERE split_part(d.key, ':', 1) = ANY (p_platforms)
                               AND ((o.state = 'sending' AND o.owner <> p_replica
                                     AND v_steady AND NOT replica_lives(o.owner, p_timeout))
                                    OR (o.state IN ('pending', 'ambiguous')
                                        AND o.next_at < now() - p_timeout))
                             ORDER BY random()
                             LIMIT p_limit)
             ORDER BY c.id
               FOR UPDATE SKIP LOCKED) AS c;

    UPDATE outbox o SET state = 'ambiguous', unconfirmed = true
     WHERE o.conversation_id = ANY (v_conversations) AND o.state = 'sending'
       AND o.owner <> p_replica AND v_steady AND NOT replica_lives(o.owner, p_timeout);

    RETURN QUERY
    SELECT p.* FROM outbox o JOIN postings p ON p.id = o.id
     WHERE o.state = 'sending' AND o.owner = p_replica AND o.next_at < now() - p_timeout;
    RETURN QUERY SELECT h.* FROM promote(p_replica, v_conversations) h;
END
$$;

GRANT SELECT ON waiting_messages, postings TO trialogue_app;
