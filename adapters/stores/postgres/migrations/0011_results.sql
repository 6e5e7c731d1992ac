-- Results of background tasks, where there is no second store: the newest run's of each.
CREATE TABLE task_results (
    task_id         uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users,
    kind            text NOT NULL,
    run_no          integer NOT NULL CHECK (run_no > 0),
    result          text NOT NULL,
    finished_at     timestamptz NOT NULL
);
CREATE INDEX task_results_of_user ON task_results (user_id);
CREATE INDEX task_results_age ON task_results (finished_at);
ALTER TABLE task_results ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON task_results TO trialogue_bot
    USING (organization_id = this_organization());
GRANT SELECT ON task_results TO trialogue_bot;

CREATE FUNCTION put_result(
    p_task uuid, p_organization uuid, p_user uuid, p_kind text, p_run_no integer, p_result text,
    p_finished timestamptz
)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_results AS r
        (task_id, organization_id, user_id, kind, run_no, result, finished_at)
    SELECT p_task, p_organization, p_user, p_kind, p_run_no, p_result, p_finished
     WHERE NOT EXISTS (SELECT 1 FROM erasures e
                        WHERE e.user_id = p_user AND p_finished <= e.until)
    ON CONFLICT (task_id) DO UPDATE
       SET run_no = excluded.run_no, result = excluded.result, finished_at = excluded.finished_at
     WHERE r.run_no < excluded.run_no;
END
$$;
