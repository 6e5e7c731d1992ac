-- What a question may be answered with, and how what is known came to be.

-- `audience`: who it is for; empty for everybody of the organization. `passage`: a part of a
-- document, whose only phrasing is its heading.
ALTER TABLE knowledge_entries
    ADD COLUMN tags     text[] NOT NULL DEFAULT '{}',
    ADD COLUMN language text NOT NULL DEFAULT '',
    ADD COLUMN audience text[] NOT NULL DEFAULT '{}',
    ADD COLUMN passage  boolean NOT NULL DEFAULT false;

-- `actor` is who made a revision, NULL for the command line; `undoes` the revision it took back.
ALTER TABLE knowledge_revisions
    ADD COLUMN action  text NOT NULL DEFAULT 'import'
               CHECK (action IN ('import', 'add', 'edit', 'remove', 'undo')),
    ADD COLUMN actor   uuid REFERENCES users,
    ADD COLUMN removed integer NOT NULL DEFAULT 0,
    ADD COLUMN undoes  bigint;

-- Each entry that a revision changed, before and after it; NULL where there was or is none.
CREATE TABLE knowledge_changes (
    organization_id uuid NOT NULL REFERENCES organizations,
    revision        bigint NOT NULL,
    entry_id        uuid NOT NULL,
    before          jsonb,
    after           jsonb,
    PRIMARY KEY (organization_id, revision, entry_id),
    CHECK (before IS NOT NULL OR after IS NOT NULL)
);
CREATE INDEX knowledge_changes_of_entry ON knowledge_changes (organization_id, entry_id, revision);

-- What was fitted to an organization's knowledge: one row each, for all replicas.
CREATE TABLE knowledge_fits (
    organization_id  uuid PRIMARY KEY REFERENCES organizations,
    revision         bigint,
    model            bytea,
    fitted_at        timestamptz,
    claimed_revision bigint,
    claimed_until    timestamptz
);

-- What waits for somebody who may edit: a phrasing that a click taught, a pair from an exported
-- history, an answer that did not help.
CREATE TABLE knowledge_proposals (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    kind            text NOT NULL CHECK (kind IN ('phrasing', 'entry', 'review')),
    entry_id        uuid,
    question        text NOT NULL,
    answer          text NOT NULL DEFAULT '',
    source          text NOT NULL DEFAULT '',
    reason          text NOT NULL DEFAULT '',
    content_hash    bytea NOT NULL CHECK (length(content_hash) = 32),
    proposed_by     uuid REFERENCES users,
    times           bigint NOT NULL DEFAULT 1,
    proposed_at     timestamptz NOT NULL DEFAULT now(),
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined')),
    decided_by      uuid REFERENCES users,
    decided_at      timestamptz
);
-- The same one again is counted; one that was declined is not proposed a second time.
CREATE UNIQUE INDEX knowledge_proposals_once ON knowledge_proposals (organization_id, content_hash);
CREATE INDEX knowledge_proposals_open ON knowledge_proposals (organization_id, proposed_at)
    WHERE state = 'open';

GRANT SELECT, INSERT ON knowledge_changes TO trialogue_bot;
GRANT SELECT, INSERT, UPDATE ON knowledge_fits, knowledge_proposals TO trialogue_bot;
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['knowledge_changes', 'knowledge_fits', 'knowledge_proposals'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY one_organization ON %I TO trialogue_bot '
                       'USING (organization_id = this_organization())', v_table);
    END LOOP;
END
$$;
