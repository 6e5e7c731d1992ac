-- What a person wants forgotten, and what is kept about them.

-- Up to when nothing of a person is kept, and the stores where that is so already. A row stays: what
-- is written late is told by it.
CREATE TABLE erasures (
    user_id  uuid PRIMARY KEY REFERENCES users,
    asked_at timestamptz NOT NULL DEFAULT now(),
    until    timestamptz NOT NULL DEFAULT now(),
    done     text[] NOT NULL DEFAULT '{}'
);

CREATE FUNCTION find_person(p_platform text, p_scope text, p_id text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT user_id FROM identities WHERE platform = p_platform AND scope = p_scope AND id = p_id;
$$;

CREATE FUNCTION begin_erasure(p_user uuid) RETURNS timestamptz LANGUAGE sql AS $$
    INSERT INTO erasures AS e (user_id) VALUES (p_user)
    ON CONFLICT (user_id) DO UPDATE SET asked_at = now(), until = now(), done = '{}'
    RETURNING until;
$$;

CREATE FUNCTION pending_erasures(p_stores text[], p_limit integer)
RETURNS TABLE (user_id uuid, until timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT e.user_id, e.until FROM erasures e WHERE NOT e.done @> p_stores
     ORDER BY e.asked_at LIMIT p_limit;
$$;

-- Not where it goes further by now.
CREATE FUNCTION erased_in(p_user uuid, p_until timestamptz, p_store text) RETURNS void
LANGUAGE sql AS $$
    UPDATE erasures SET done = done || p_store
     WHERE user_id = p_user AND until = p_until AND NOT done @> ARRAY[p_store];
$$;

-- Delete some of a person's turns; how many.
CREATE FUNCTION erase_turns(p_user uuid, p_limit integer) RETURNS bigint LANGUAGE sql AS $$
    WITH told AS (
        SELECT until FROM erasures WHERE user_id = p_user
    ), warm AS (
        DELETE FROM turns WHERE ctid = ANY (ARRAY(
            SELECT t.ctid FROM turns t JOIN told ON t.at <= told.until
             WHERE t.user_id = p_user LIMIT p_limit))
        RETURNING 1
    ), cold AS (
        DELETE FROM turns_cold WHERE ctid = ANY (ARRAY(
            SELECT t.ctid FROM turns_cold t JOIN told ON t.at <= told.until
             WHERE t.user_id = p_user LIMIT p_limit))
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM warm) + (SELECT count(*) FROM cold);
$$;

-- Take out everything else that says what a person said or who they are. The rows of messages stay
-- for their 48 hours without their words, since they tell repeats. The ledger and the account, which
-- is a number now, stay: who was suspended or invited remains so. `until` is how far it goes: the
-- answers to what was asked before are a part of it, so it ends with the last of them. `settled`:
-- nothing is under way any more that would have to be looked at again.
CREATE FUNCTION erase_person(p_user uuid) RETURNS TABLE (until timestamptz, settled boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_until    timestamptz := (SELECT e.until FROM erasures e WHERE e.user_id = p_user FOR UPDATE);
    v_answered timestamptz;
    v_messages uuid[];
    v_files    uuid[];
    v_open     boolean;
BEGIN
    SELECT max(b.settled_at), coalesce(array_agg(b.id) FILTER (WHERE b.state = 'settled'), '{}'),
           coalesce(bool_or(b.state = 'open'), false)
      INTO v_answered, v_messages, v_open
      FROM inbox b WHERE b.user_id = p_user AND b.received_at <= v_until;
    IF v_answered > v_until THEN
        v_until := v_answered;
        UPDATE erasures e SET until = v_until, done = '{}' WHERE e.user_id = p_user;
    END IF;

    UPDATE inbox b
       SET message = b.message || jsonb_build_object(
               'text', '', 'attachments', '[]'::jsonb,
               'author', (b.message -> 'author') || '{"name": ""}'),
           answer = '', recorded = true
     WHERE b.id = ANY (v_messages) AND b.user_id = p_user AND b.received_at <= v_until
       AND (b.message ->> 'text' <> '' OR b.answer <> '' OR NOT b.recorded
            OR b.message -> 'author' ->> 'name' <> '');
    UPDATE outbox o SET text = '', buttons = NULL
     WHERE o.inbox_id = ANY (v_messages) AND o.state IN ('sent', 'dead') AND o.text <> '';

    DELETE FROM user_feedback f WHERE f.user_id = p_user AND f.at <= v_until;
    UPDATE knowledge_proposals p SET reason = '', proposed_by = NULL
     WHERE p.proposed_by = p_user AND p.proposed_at <= v_until;
    v_open := NOT forget_waiting(p_user, v_until) OR v_open;
    DELETE FROM task_results r WHERE r.user_id = p_user AND r.finished_at <= v_until;
    UPDATE tasks t SET arguments = '{}', error = NULL
     WHERE t.user_id = p_user AND t.created_at <= v_until;
    UPDATE audit_logs l SET user_id = NULL, ip_address = NULL
     WHERE l.user_id = p_user AND l."timestamp" <= v_until;
    DELETE FROM link_codes c WHERE c.user_id = p_user AND c.created_at <= v_until;
    DELETE FROM refresh_tokens r WHERE r.user_id = p_user AND r.created_at <= v_until;
    DELETE FROM api_tokens a WHERE a.user_id = p_user AND a.created_at <= v_until;
    DELETE FROM consents c WHERE c.user_id = p_user AND c.granted_at <= v_until;
    UPDATE users u
       SET display_name = '', email = NULL, password_hash = NULL,
           token_version = u.token_version + 1
     WHERE u.id = p_user
       AND (u.display_name <> '' OR u.email IS NOT NULL OR u.password_hash IS NOT NULL);

    -- Their contents are deleted by the sweep of files.
    v_files := ARRAY(SELECT f.content FROM files f
                      WHERE f.user_id = p_user AND f.state = 'kept' AND f.kept_at <= v_until
                        FOR UPDATE);
    PERFORM give_back_files(v_files);
    UPDATE files SET state = 'removing', due_at = now() WHERE content = ANY (v_files);
    UPDATE files SET name = 'erased' WHERE user_id = p_user AND started_at <= v_until;

    -- Messages that wait for their answer, postings that wait to be sent, and whatever is being
    -- written at this moment.
    RETURN QUERY SELECT v_until, NOT v_open AND v_until < now() - interval '1 minute'
        AND NOT EXISTS (SELECT 1 FROM outbox o
                         WHERE o.inbox_id = ANY (v_messages) AND o.state NOT IN ('sent', 'dead'));
END
$$;

-- What came late is not written: a sweep that read it before, a move of turns.
CREATE OR REPLACE FUNCTION append_turns(
    p_conversations uuid[], p_at timestamptz[], p_ids uuid[], p_organizations uuid[],
    p_users uuid[], p_actors text[], p_texts text[], p_confidences real[]
)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO turns (conversation_id, at, id, organization_id, user_id, actor, text, confidence)
    SELECT t.* FROM unnest(p_conversations, p_at, p_ids, p_organizations, p_users, p_actors,
                           p_texts, p_confidences)
                    AS t (conversation_id, at, id, organization_id, user_id, actor, text, confidence)
     WHERE NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = t.user_id AND t.at <= e.until)
     ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING;
END
$$;

-- Everything that is kept about a person, but for what they said.
CREATE FUNCTION kept_about(p_user uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'account', (
            SELECT jsonb_build_object(
                       'user_id', u.id, 'name', u.display_name, 'email', u.email,
                       'plan', plan_of(u), 'active', u.is_active, 'created_at', u.created_at)
              FROM users u WHERE u.id = p_user),
        'erased_until', (SELECT e.until FROM erasures e WHERE e.user_id = p_user),
        'identities', (
            SELECT jsonb_agg(jsonb_build_object(
                       'platform', d.platform, 'space', d.scope, 'id', d.id,
                       'since', d.created_at) ORDER BY d.platform, d.scope, d.id)
              FROM identities d WHERE d.user_id = p_user),
        'organizations', (
            SELECT jsonb_agg(jsonb_build_object(
                       'name', o.name, 'role', m.role, 'since', m.created_at) ORDER BY o.name)
              FROM memberships m JOIN organizations o ON o.id = m.organization_id
             WHERE m.user_id = p_user),
        'subscriptions', (
            SELECT jsonb_agg(jsonb_build_object(
                       'plan', s.plan, 'from', s.started_at, 'until', s.expires_at,
                       'limits', s.limits) ORDER BY s.started_at)
              FROM subscriptions s WHERE s.user_id = p_user),
        'usage', (
            SELECT jsonb_agg(jsonb_build_object(
                       'organization', o.name, 'month', q.period, 'resource', q.resource_type,
                       'used', q.used) ORDER BY q.period, q.resource_type, o.name)
              FROM quotas q JOIN organizations o ON o.id = q.organization_id
             WHERE q.user_id = p_user),
        'votes', (
            SELECT jsonb_agg(to_jsonb(f) - 'user_id' - 'recorded' ORDER BY f.at)
              FROM user_feedback f WHERE f.user_id = p_user),
        'proposals', (
            SELECT jsonb_agg(jsonb_build_object(
                       'kind', p.kind, 'question', p.question, 'answer', p.answer,
                       'reason', p.reason, 'at', p.proposed_at) ORDER BY p.proposed_at)
              FROM knowledge_proposals p WHERE p.proposed_by = p_user),
        'questions_without_an_answer', (
            SELECT jsonb_agg(jsonb_build_object(
                       'question', g.question, 'at', g.asked_at, 'answered_at', g.answered_at)
                       ORDER BY g.asked_at)
              FROM gap_askers g WHERE g.user_id = p_user),
        'files', (
            SELECT jsonb_agg(jsonb_build_object(
                       'id', f.id, 'name', f.name, 'bytes', f.size, 'kept_at', f.kept_at,
                       'until', f.expires_at) ORDER BY f.kept_at)
              FROM files f WHERE f.user_id = p_user AND f.state = 'kept'),
        'tasks', (
            SELECT jsonb_agg(jsonb_build_object(
                       'id', t.id, 'kind', t.kind, 'state', t.state, 'arguments', t.arguments,
                       'at', t.created_at) ORDER BY t.created_at)
              FROM tasks t WHERE t.user_id = p_user),
        'results', (
            SELECT jsonb_agg(jsonb_build_object(
                       'task_id', r.task_id, 'kind', r.kind, 'result', r.result,
                       'at', r.finished_at) ORDER BY r.finished_at)
              FROM task_results r WHERE r.user_id = p_user),
        'api_tokens', (
            SELECT jsonb_agg(jsonb_build_object(
                       'name', a.name, 'scopes', a.scopes, 'at', a.created_at) ORDER BY a.created_at)
              FROM api_tokens a WHERE a.user_id = p_user),
        'consents', (
            SELECT jsonb_agg(to_jsonb(c) - 'user_id' ORDER BY c.granted_at)
              FROM consents c WHERE c.user_id = p_user),
        'audit_log', (
            SELECT jsonb_agg(jsonb_build_object(
                       'action', l.action, 'at', l."timestamp", 'address', l.ip_address)
                       ORDER BY l."timestamp")
              FROM audit_logs l WHERE l.user_id = p_user));
$$;
