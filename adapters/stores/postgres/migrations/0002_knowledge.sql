-- `answer_hash` is the SHA-256 of the answer: with the source it tells which entry is the same.
CREATE TABLE knowledge_entries (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    phrasings       text[] NOT NULL CHECK (cardinality(phrasings) > 0),
    answer          text NOT NULL,
    answer_hash     bytea NOT NULL,
    keywords        text[] NOT NULL DEFAULT '{}',
    source          text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, source, answer_hash)
);
CREATE INDEX knowledge_entries_in_order ON knowledge_entries (organization_id, id);

-- What made each revision of `organizations.knowledge_revision`.
CREATE TABLE knowledge_revisions (
    organization_id uuid NOT NULL REFERENCES organizations,
    revision        bigint NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    added           integer NOT NULL,
    changed         integer NOT NULL,
    PRIMARY KEY (organization_id, revision)
);

-- Questions that had no answer, normalised. `question_hash` is the SHA-256 of the question.
CREATE TABLE knowledge_gaps (
    organization_id uuid NOT NULL REFERENCES organizations,
    question_hash   bytea NOT NULL,
    question        text NOT NULL,
    times           bigint NOT NULL DEFAULT 1,
    first_asked_at  timestamptz NOT NULL DEFAULT now(),
    last_asked_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, question_hash)
) WITH (fillfactor = 70);

GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_entries, knowledge_gaps TO trialogue_app;
GRANT SELECT, INSERT ON knowledge_revisions TO trialogue_app;
