-- Reservations. Everything locks the rows of `quotas` first, in the order of their key, and only
-- then looks at the ledger: so two calls about one operation take turns, and groups never deadlock.
-- The period is that of the reservation, by the database's clock. A repeat is known in its own month
-- and the next; a reservation can be ended for a year.

-- Reserve for each operation in turn, as long as the person's limit and the pool's have room. A
-- known operation costs nothing again, and has what it had: nothing after its refund. The nil UUID
-- as user is the organization itself.
CREATE FUNCTION reserve(
    p_ops uuid[], p_organizations uuid[], p_users uuid[], p_resources text[],
    p_quantities integer[], p_lifetimes interval[]
)
RETURNS TABLE (n bigint, granted boolean, quota_limit bigint, quota_left bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    c_nil     constant uuid := '00000000-0000-0000-0000-000000000000';
    v_period  date := this_period();
    v_asked   record;
    v_added   bigint[];  -- by the place of a quota: what this group has been granted of it
    v_verdict boolean[]; -- by the place of an operation in the group
    v_charged bigint[] := '{}';
    v_left    bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM unnest(p_quantities) AS i (quantity) WHERE i.quantity <= 0) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a quantity is above zero';
    END IF;

    WITH keys AS (
        SELECT i.user_id, i.organization_id, i.resource
          FROM unnest(p_users, p_organizations, p_resources)
               AS i (user_id, organization_id, resource)
        UNION
        SELECT c_nil, p.organization_id, p.resource_type
          FROM unnest(p_organizations, p_resources) AS i (organization_id, resource)
          JOIN organization_pools p
            ON p.organization_id = i.organization_id AND p.resource_type = i.resource
    )
    INSERT INTO quotas AS q (user_id, organization_id, resource_type, period)
    SELECT k.user_id, k.organization_id, k.resource, v_period FROM keys k ORDER BY 1, 2, 3
    ON CONFLICT (user_id, organization_id, resource_type, period)
    DO UPDATE SET used = q.used WHERE false; -- locks the row and writes nothing

    v_added := array_fill(0::bigint, ARRAY[2 * cardinality(p_ops)]);
    v_verdict := array_fill(NULL::boolean, ARRAY[cardinality(p_ops)]);
    FOR v_asked IN
        WITH asked AS (
            SELECT i.*, min(i.n) OVER (PARTITION BY i.op_id) AS first,
                   CASE WHEN i.user_id = c_nil THEN p.per_month
                        WHEN u.id IS NULL THEN 0
                        ELSE limit_of(u, i.resource, l.per_month) END AS own_limit,
                   CASE WHEN i.user_id <> c_nil THEN p.per_month END AS pool_limit,
                   p.per_month IS NOT NULL AND i.user_id <> c_nil AS pooled
              FROM unnest(p_ops, p_users, p_organizations, p_resources, p_quantities)
                   WITH ORDINALITY AS i (op_id, user_id, organization_id, resource, quantity, n)
              LEFT JOIN users u ON u.id = i.user_id
              LEFT JOIN plan_limits l ON l.plan = plan_of(u) AND l.resource_type = i.resource
              LEFT JOIN organization_pools p
                     ON p.organization_id = i.organization_id AND p.resource_type = i.resource
        ), placed AS (
            SELECT a.*, k.state AS known, q.used AS own_used, s.used AS pool_used,
                   min(a.n) OVER (PARTITION BY a.user_id, a.organization_id, a.resource)
                       AS own_place,
                   cardinality(p_ops)
                       + min(a.n) OVER (PARTITION BY a.organization_id, a.resource) AS pool_place
              FROM asked a
              JOIN quotas q ON q.user_id = a.user_id AND q.organization_id = a.organization_id
               AND q.resource_type = a.resource AND q.period = v_period
              LEFT JOIN quotas s ON a.pooled AND s.user_id = c_nil
               AND s.organization_id = a.organization_id AND s.resource_type = a.resource
               AND s.period = v_period
              LEFT JOIN LATERAL (
                   SELECT r.state FROM usage_records r
                    WHERE r.op_id = a.op_id AND r.billing_period_start
                          IN (v_period, (v_period - interval '1 month')::date)
                    ORDER BY r.billing_period_start LIMIT 1) AS k ON true
        )
        SELECT p.*,
               -- What the organization reserves for itself is used up in its pool's own row.
               CASE WHEN p.user_id = c_nil THEN p.pool_place ELSE p.own_place END AS place
          FROM placed p ORDER BY p.n
    LOOP
        v_left := least(v_asked.own_limit - v_asked.own_used - v_added[v_asked.place],
                        v_asked.pool_limit - v_asked.pool_used - v_added[v_asked.pool_place]);
        IF v_asked.known IS NOT NULL THEN
            v_verdict[v_asked.n] := v_asked.known <> 'refunded';
        ELSIF v_asked.first < v_asked.n THEN
            v_verdict[v_asked.n] := v_verdict[v_asked.first];
        ELSIF v_left IS NULL OR v_left >= v_asked.quantity THEN
            v_verdict[v_asked.n] := true;
            v_charged := v_charged || v_asked.n;
            v_added[v_asked.place] := v_added[v_asked.place] + v_asked.quantity;
            IF v_asked.pooled THEN
                v_added[v_asked.pool_place] := v_added[v_asked.pool_place] + v_asked.quantity;
            END IF;
            v_left := v_left - v_asked.quantity;
        ELSE
            v_verdict[v_asked.n] := false;
        END IF;
        n := v_asked.n;
        granted := v_verdict[v_asked.n];
        quota_limit := least(v_asked.own_limit, v_asked.pool_limit);
        quota_left := rest_of(v_left, v_left);
        RETURN NEXT;
    END LOOP;

    INSERT INTO usage_records (billing_period_start, op_id, organization_id, user_id,
                               resource_type, quantity, state, pooled, expires_at)
    SELECT v_period, i.op_id, i.organization_id, i.user_id, i.resource, i.quantity, 'reserved',
           i.user_id <> c_nil AND p.per_month IS NOT NULL, now() + i.lifetime
      FROM unnest(p_ops, p_users, p_organizations, p_resources, p_quantities, p_lifetimes)
           WITH ORDINALITY AS i (op_id, user_id, organization_id, resource, quantity, lifetime, n)
      LEFT JOIN organization_pools p
             ON p.organization_id = i.organization_id AND p.resource_type = i.resource
     WHERE i.n = ANY (v_charged)
     ORDER BY i.op_id;

    PERFORM add_to_quotas(
        array_agg(c.user_id), array_agg(c.organization_id), array_agg(c.resource),
        array_agg(v_period), array_agg(c.quantity::bigint))
       FROM (
        SELECT i.user_id, i.organization_id, i.resource, i.quantity
          FROM unnest(p_users, p_organizations, p_resources, p_quantities)
               WITH ORDINALITY AS i (user_id, organization_id, resource, quantity, n)
         WHERE i.n = ANY (v_charged)
        UNION ALL
        SELECT c_nil, i.organization_id, i.resource, i.quantity
          FROM unnest(p_users, p_organizations, p_resources, p_quantities)
               WITH ORDINALITY AS i (user_id, organization_id, resource, quantity, n)
          JOIN organization_pools p
            ON p.organization_id = i.organization_id AND p.resource_type = i.resource
         WHERE i.n = ANY (v_charged) AND i.user_id <> c_nil) AS c
    HAVING count(*) > 0;
END
$$;

-- Add to quotas whose rows exist and are locked by the caller; what is given back is negative.
CREATE FUNCTION add_to_quotas(
    p_users uuid[], p_organizations uuid[], p_resources text[], p_periods date[], p_amounts bigint[]
)
RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE quotas q SET used = q.used + c.amount
      FROM (SELECT i.user_id, i.organization_id, i.resource, i.period, sum(i.amount) AS amount
              FROM unnest(p_users, p_organizations, p_resources, p_periods, p_amounts)
                   AS i (user_id, organization_id, resource, period, amount)
             GROUP BY 1, 2, 3, 4) AS c
     WHERE q.user_id = c.user_id AND q.organization_id = c.organization_id
       AND q.resource_type = c.resource AND q.period = c.period;
END
$$;

-- End reservations: `settled` with what was really used, or `refunded`. True where the operation is
-- in that state now, also by an earlier call. What a reservation was for stays in the ledger.
CREATE FUNCTION end_reservations(p_ops uuid[], p_states text[], p_quantities integer[])
RETURNS TABLE (n bigint, applied boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    c_nil     constant uuid := '00000000-0000-0000-0000-000000000000';
    v_periods date[] := ARRAY(SELECT (this_period() - make_interval(months => m))::date
                                FROM generate_series(0, 12) AS m);
BEGIN
    PERFORM lock_quotas_of(p_ops, v_periods);

    WITH asked AS (
        SELECT DISTINCT ON (i.op_id) i.op_id, i.state, i.quantity
          FROM unnest(p_ops, p_states, p_quantities) WITH ORDINALITY
               AS i (op_id, state, quantity, n)
         ORDER BY i.op_id, i.n
    ), held AS (
        SELECT r.billing_period_start, r.op_id, a.state, r.quantity AS reserved,
               CASE WHEN a.state = 'settled' THEN least(a.quantity, r.quantity)
                    ELSE r.quantity END AS quantity
          FROM asked a
          JOIN usage_records r
            ON r.op_id = a.op_id AND r.billing_period_start = ANY (v_periods)
         WHERE r.state = 'reserved'
    ), ended AS (
        UPDATE usage_records r SET state = h.state, quantity = h.quantity, expires_at = NULL
          FROM held h
         WHERE r.billing_period_start = h.billing_period_start AND r.op_id = h.op_id
        RETURNING r.user_id, r.organization_id, r.resource_type, r.billing_period_start AS period,
                  r.pooled, CASE WHEN h.state = 'refunded' THEN h.reserved
                                 ELSE h.reserved - h.quantity END AS back
    ), returned AS (
        SELECT e.user_id, e.organization_id, e.resource_type, e.period, e.back FROM ended e
        UNION ALL
        SELECT c_nil, e.organization_id, e.resource_type, e.period, e.back
          FROM ended e WHERE e.pooled
    )
    UPDATE quotas q SET used = q.used - c.back
      FROM (SELECT r.user_id, r.organization_id, r.resource_type, r.period, sum(r.back) AS back
              FROM returned r GROUP BY 1, 2, 3, 4) AS c
     WHERE c.back > 0 AND q.user_id = c.user_id AND q.organization_id = c.organization_id
       AND q.resource_type = c.resource_type AND q.period = c.period;

    RETURN QUERY
    SELECT i.n, EXISTS (SELECT 1 FROM usage_records r
                         WHERE r.op_id = i.op_id AND r.billing_period_start = ANY (v_periods)
                           AND r.state = i.state)
      FROM unnest(p_ops, p_states) WITH ORDINALITY AS i (op_id, state, n)
     ORDER BY i.n;
END
$$;

-- Lock what these operations were charged to, in the order of the key.
CREATE FUNCTION lock_quotas_of(p_ops uuid[], p_periods date[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM 1
       FROM quotas q
      WHERE (q.user_id, q.organization_id, q.resource_type, q.period) IN (
            SELECT h.holder, r.organization_id, r.resource_type, r.billing_period_start
              FROM usage_records r
             CROSS JOIN LATERAL (
                   VALUES (r.user_id, true),
                          ('00000000-0000-0000-0000-000000000000'::uuid, r.pooled)
                   ) AS h (holder, charged)
             WHERE r.op_id = ANY (p_ops) AND r.billing_period_start = ANY (p_periods)
               AND h.charged)
      ORDER BY q.user_id, q.organization_id, q.resource_type, q.period
        FOR UPDATE;
END
$$;

-- Give back what was reserved for longer than agreed: whoever held it is gone.
CREATE FUNCTION refund_expired(p_limit integer) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_ops uuid[] := ARRAY(SELECT r.op_id FROM usage_records r
                           WHERE r.state = 'reserved' AND r.expires_at < now()
                           ORDER BY r.expires_at LIMIT p_limit);
BEGIN
    IF cardinality(v_ops) = 0 THEN
        RETURN 0;
    END IF;
    RETURN (SELECT count(*) FILTER (WHERE e.applied)
              FROM end_reservations(v_ops, array_fill('refunded'::text, ARRAY[cardinality(v_ops)]),
                                    array_fill(0, ARRAY[cardinality(v_ops)])) AS e);
END
$$;

-- Deleted entries are given back to the import, and the month, that they were charged to.
CREATE FUNCTION give_back_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_quotas_of(array_agg(DISTINCT d.charged_op), array_agg(DISTINCT d.charged_period))
       FROM deleted d WHERE d.charged_op IS NOT NULL HAVING count(*) > 0;
    WITH fewer AS (
        UPDATE usage_records r SET quantity = r.quantity - d.entries
          FROM (SELECT charged_period, charged_op, count(*) AS entries FROM deleted
                 WHERE charged_op IS NOT NULL GROUP BY 1, 2) AS d
         WHERE r.billing_period_start = d.charged_period AND r.op_id = d.charged_op
           AND r.state = 'settled' AND r.quantity >= d.entries
        RETURNING r.organization_id, r.user_id, r.resource_type, r.billing_period_start AS period,
                  d.entries
    )
    UPDATE quotas q SET used = q.used - f.entries
      FROM (SELECT organization_id, user_id, resource_type, period, sum(entries) AS entries
              FROM fewer GROUP BY 1, 2, 3, 4) AS f
     WHERE q.user_id = f.user_id AND q.organization_id = f.organization_id
       AND q.resource_type = f.resource_type AND q.period = f.period;
    RETURN NULL;
END
$$;
CREATE TRIGGER deleted_entries_give_back AFTER DELETE ON knowledge_entries
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION give_back_entries();
