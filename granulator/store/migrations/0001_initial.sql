-- Granulator's tables: the one schema source. Readable from top to bottom: who calls, what is asked, what was done,
-- what it cost, who must be told, who did what.
--
-- Written in the subset that SQLite, Cloudflare D1 and PostgreSQL share. Times are epoch milliseconds UTC, money is
-- integer nano-USD, truth is 0 or 1, JSON is text checked by the application. A new column goes last in its table,
-- and into a new file in granulator/store/migrations/; a test holds both equal.

-- Which migration files were applied, and what they looked like then: an applied file must never change.
CREATE TABLE migration_checksums (
    name TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL
);

-- Whoever has ever asked for a job. Its row is what a claim locks first, so that two claims of one caller count in turn.
CREATE TABLE principals (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL
);

-- API keys as issued. The secret is not here: hash is its HMAC in hex, and its webhook secret is derived from its id
-- and generation, so none is stored. A rotation raises the generation; the hash before it is good until previous_until.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER,
    generation INTEGER NOT NULL DEFAULT 1,
    previous_hash TEXT,
    previous_until INTEGER
);
CREATE INDEX api_keys_by_client ON api_keys (client_id, created_at);
CREATE UNIQUE INDEX api_keys_previous_hash ON api_keys (previous_hash) WHERE previous_hash IS NOT NULL;

-- Sessions opened with an API key; they end with it.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES api_keys (id),
    client_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
);
CREATE INDEX sessions_by_key ON sessions (key_id);

-- Templates; document is the whole template as JSON. A deleted one keeps its row and frees its name.
-- A shipped one is replaced by its newer version at a start, unless it was changed or deleted here.
CREATE TABLE templates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    structure_type TEXT NOT NULL,
    document TEXT NOT NULL,
    usage_count INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    origin TEXT NOT NULL DEFAULT 'shipped' CHECK (origin IN ('shipped', 'admin')),
    is_changed INTEGER NOT NULL DEFAULT 0 CHECK (is_changed IN (0, 1))
);
CREATE UNIQUE INDEX templates_live_name ON templates (name) WHERE deleted_at IS NULL;
CREATE INDEX templates_deleted_name ON templates (name) WHERE deleted_at IS NOT NULL;

-- One row per job, slim: what was asked, where it stands, what came of it. The texts are in job_payloads.
-- execution_id is ours and unique, request_id is the X-Request-ID the caller may have chosen, and need not be.
-- owner, attempt and lease_until say who may write for it now; a finished job has neither owner nor lease.
-- kind is granulation, or validation: the bill of a judge whose opinion was asked for by itself, shown to nobody.
-- callback says who is told of the end, sealed, for its headers are the caller's secrets. priority is 0 low, 1 normal,
-- 2 high, 3 critical. batch_index is the place in the batch of batch_id. expired_at is when its texts were deleted.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    execution_id TEXT NOT NULL UNIQUE,
    request_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    principal_id TEXT NOT NULL REFERENCES principals (id),
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    structure_type TEXT NOT NULL,
    template_name TEXT NOT NULL,
    template_version INTEGER NOT NULL,
    granularity_level INTEGER NOT NULL CHECK (granularity_level BETWEEN 1 AND 5),
    target_audience TEXT NOT NULL,
    language TEXT NOT NULL,
    max_elements INTEGER,
    ai_provider TEXT NOT NULL,
    model_requested TEXT,
    model TEXT,
    validation_enabled INTEGER NOT NULL CHECK (validation_enabled IN (0, 1)),
    validation_level INTEGER NOT NULL CHECK (validation_level BETWEEN 1 AND 3),
    validation_threshold REAL NOT NULL CHECK (validation_threshold BETWEEN 0 AND 100),
    timeout_ms INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'processing'
        CHECK (status IN ('processing', 'validating', 'retry', 'completed', 'failed', 'cancelled')),
    stage TEXT NOT NULL DEFAULT 'queued'
        CHECK (stage IN ('queued', 'source', 'outline', 'generate', 'parse', 'validate', 'repair', 'store', 'done')),
    progress INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    owner TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER,
    quality_score INTEGER CHECK (quality_score BETWEEN 0 AND 100),
    actual_elements INTEGER,
    processing_time_ms INTEGER,
    cost_nano_usd INTEGER CHECK (cost_nano_usd >= 0),
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cached_input_tokens INTEGER NOT NULL DEFAULT 0,
    is_usage_estimated INTEGER NOT NULL DEFAULT 0 CHECK (is_usage_estimated IN (0, 1)),
    retry_of INTEGER REFERENCES jobs (id),
    batch_id TEXT,
    error TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    callback TEXT,
    priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 3),
    takeovers INTEGER NOT NULL DEFAULT 0,
    batch_index INTEGER,
    expired_at INTEGER
);
-- A tenant's list, newest first, whole and by status, the type at hand to filter by; and its figures over a time.
-- All three are of one kind: what a caller asked for as a job is never mixed with what only carries a bill.
CREATE INDEX jobs_by_client ON jobs (client_id, kind, id DESC, structure_type);
CREATE INDEX jobs_by_client_status ON jobs (client_id, status, kind, id DESC, structure_type);
CREATE INDEX jobs_by_client_time ON jobs (client_id, kind, created_at);
-- The figures of all tenants over a time.
CREATE INDEX jobs_by_time ON jobs (kind, created_at);
-- What may be claimed: the unfinished jobs, few beside the finished ones, in the order of each caller's line.
CREATE INDEX jobs_unfinished ON jobs (principal_id, priority DESC, id)
 WHERE status IN ('processing', 'validating', 'retry');
-- What is to be stopped.
CREATE INDEX jobs_cancelling ON jobs (owner) WHERE cancel_requested = 1 AND owner IS NOT NULL;
-- Who runs how many now.
CREATE INDEX jobs_leased ON jobs (principal_id, lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX jobs_retried ON jobs (retry_of) WHERE retry_of IS NOT NULL;
CREATE INDEX jobs_by_batch ON jobs (batch_id, batch_index) WHERE batch_id IS NOT NULL;
-- Whose texts are the next to delete, where that is wanted.
CREATE INDEX jobs_expiring ON jobs (completed_at) WHERE completed_at IS NOT NULL AND expired_at IS NULL;

-- The texts of a job: the request as admitted, the structure as produced, the answer as sent. size counts UTF-8 bytes.
-- A large one is an object in the object storage, under its sha256 and the day it was written (days since 1970-01-01);
-- then body is NULL.
CREATE TABLE job_payloads (
    execution_id TEXT NOT NULL REFERENCES jobs (execution_id),
    kind TEXT NOT NULL CHECK (kind IN ('request', 'template', 'structure', 'result')),
    body TEXT,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    object_day INTEGER,
    PRIMARY KEY (execution_id, kind)
);
-- Which objects are still needed.
CREATE INDEX job_payloads_in_storage ON job_payloads (object_day, sha256) WHERE object_day IS NOT NULL;

-- What a job's watchers are told, numbered from 1 without gaps within a job. data is JSON.
CREATE TABLE job_events (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    seq INTEGER NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('progress', 'partial', 'completed', 'failed')),
    data TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, seq)
);
CREATE INDEX job_events_by_time ON job_events (created_at);

-- Jobs that were sent together.
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);

-- Requests that may be sent again: one key of a tenant and path stands for one body and what it started, which is a
-- job, or a batch of jobs. answer says what kind of answer it had; the answer itself is made from the jobs again.
CREATE TABLE idempotency_keys (
    client_id TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('result', 'accepted', 'retry', 'batch')),
    execution_id TEXT,
    batch_id TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (client_id, path, key)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);

-- Finished steps of a job: a resumed job reads its result here instead of paying for the step again.
CREATE TABLE job_steps (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, step)
);

-- One row per paid call, written before the call and settled with its answer. A row left at 'sent' by a crash becomes
-- 'uncertain': perhaps billed. Cached and cache-writing input is inside input_tokens, reasoning inside output_tokens.
-- cost_nano_usd is NULL where the price is unknown, and where nobody knows whether the call was billed.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    attempt INTEGER NOT NULL,
    step TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    model_served TEXT,
    state TEXT NOT NULL CHECK (state IN ('sent', 'settled', 'failed', 'uncertain')),
    fault TEXT,
    request_id TEXT,
    estimate_nano_usd INTEGER CHECK (estimate_nano_usd >= 0),
    input_tokens INTEGER,
    output_tokens INTEGER,
    cached_input_tokens INTEGER,
    cache_write_5m_tokens INTEGER,
    cache_write_1h_tokens INTEGER,
    reasoning_tokens INTEGER,
    is_usage_estimated INTEGER NOT NULL DEFAULT 0 CHECK (is_usage_estimated IN (0, 1)),
    cost_nano_usd INTEGER CHECK (cost_nano_usd >= 0),
    price_id TEXT,
    latency_ms INTEGER,
    started_at INTEGER NOT NULL,
    settled_at INTEGER
);
CREATE INDEX attempts_by_job ON attempts (job_id, state);

-- Money, append-only: a hold when a job is admitted, a charge per billed call, a release of what was held too much.
-- reference is made by the application, so that a repeated batch cannot charge twice.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    kind TEXT NOT NULL CHECK (kind IN ('hold', 'charge', 'release')),
    nano_usd INTEGER NOT NULL CHECK (nano_usd >= 0),
    provider TEXT,
    model TEXT,
    created_at INTEGER NOT NULL
);
CREATE INDEX ledger_by_client ON ledger (client_id, created_at);
CREATE INDEX ledger_by_job ON ledger (job_id);

-- Results of validating structures, those of jobs and those a caller sent. Appended, never changed.
CREATE TABLE validations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    structure_type TEXT NOT NULL,
    level INTEGER NOT NULL,
    threshold REAL NOT NULL,
    created_at INTEGER NOT NULL,
    score INTEGER,
    is_valid INTEGER CHECK (is_valid IN (0, 1)),
    result TEXT NOT NULL
);
CREATE INDEX validations_by_job ON validations (job_id, id DESC);

-- Webhook messages, written with the result they report. body is the exact text to sign and send; next_at is when the
-- next try is due, and a try in flight moves it on. Where to is sealed in the callback of the job, with the caller's
-- headers; url is what may be shown of it. host keeps one receiver that hangs from holding up the others.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    execution_id TEXT NOT NULL REFERENCES jobs (execution_id),
    client_id TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    event TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    max_tries INTEGER NOT NULL,
    next_at INTEGER,
    response_status INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER,
    host TEXT NOT NULL
);
CREATE INDEX outbox_due ON outbox (host, next_at) WHERE state = 'pending';
CREATE INDEX outbox_by_client ON outbox (client_id, id DESC);
CREATE INDEX outbox_by_job ON outbox (execution_id);

-- The delivery log: one row per try of a message that ended. response_status is NULL where no answer came.
CREATE TABLE webhook_tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL REFERENCES outbox (message_id),
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    response_status INTEGER,
    error TEXT
);
CREATE UNIQUE INDEX webhook_tries_by_message ON webhook_tries (message_id, number);

-- For which of its due times each scheduled task last began: the row that only one of several processes can move on.
CREATE TABLE scheduled_runs (
    name TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL
);

-- Who changed what: keys issued and revoked, templates changed. Appended, never changed.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL
);
CREATE INDEX audit_by_client ON audit (client_id, id DESC);
