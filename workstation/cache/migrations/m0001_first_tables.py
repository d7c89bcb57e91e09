"""The first tables: the mirror of the server, the coder's work, and the outbox."""

MIRROR = (
    "create table facts (name text primary key, value text not null) strict, without rowid",
    """create table tasks (
        id text primary key, version text not null, encounter_id text not null, patient_id text not null,
        status text not null, owner text not null, priority text not null, due_at text, last_updated text not null,
        worklist text not null, withdrawn text not null default '', raw text not null) strict, without rowid""",
    "create index tasks_of_encounter on tasks (encounter_id)",
    """create table encounters (
        id text primary key, version text not null, patient_id text not null, account_number text not null,
        class text not null, admitted_at text, discharged_at text, admit_source text not null,
        disposition text not null, facility text not null, organization_ref text not null,
        admitting_diagnosis text not null, reason text not null, service text not null,
        restricted integer not null, complete integer not null default 0, fetched_at text not null)
        strict, without rowid""",
    """create table patients (
        id text primary key, version text not null, family text not null, given text not null, sex text not null,
        birth_date text, mrn text not null, phones text not null, addresses text not null, relatives text not null)
        strict, without rowid""",
    """create table providers (
        encounter_id text not null, id text not null, position integer not null, name text not null,
        credential text not null, role text not null, primary key (encounter_id, id)) strict, without rowid""",
    """create table documents (
        id text primary key, encounter_id text not null, version text not null, type_code text not null,
        type_name text not null, title text not null, author text not null, author_is_provider integer not null,
        written_at text, media_type text not null, charset text not null, size integer not null,
        status text not null, appends text, replaces text, url text not null, sha1 text not null)
        strict, without rowid""",
    "create index documents_of_encounter on documents (encounter_id)",
    """create table contents (
        document_id text primary key, version text not null, media_type text not null, text text,
        body blob, fault text not null default '') strict""",
    """create table observations (
        encounter_id text not null, position integer not null, kind text not null, name text not null,
        value text not null, unit text not null, reference text not null, flag text not null, taken_at text,
        panel text not null, primary key (encounter_id, position)) strict, without rowid""",
    """create table medications (
        encounter_id text not null, position integer not null, name text not null, dose text not null,
        route text not null, frequency text not null, ordered_status text not null, given_at text not null,
        primary key (encounter_id, position)) strict, without rowid""",
    """create table problems (
        encounter_id text not null, position integer not null, text text not null, onset text not null,
        clinical_status text not null, primary key (encounter_id, position)) strict, without rowid""",
    """create table coverage (
        encounter_id text primary key, reference text not null, name text not null) strict, without rowid""",
)

WORK = (
    """create table work (
        encounter_id text primary key, state text not null, hold_reason text not null default '',
        finalized_at text, result_id text not null default '', changed_at text not null) strict, without rowid""",
    """create table summaries (
        encounter_id text primary key, body text not null, revision integer not null, changed_at text not null)
        strict, without rowid""",
    """create table undo (
        encounter_id text not null, position integer not null, body text not null,
        primary key (encounter_id, position)) strict, without rowid""",
    """create table drafts (
        encounter_id text not null, field text not null, body text not null, kept_at text not null,
        primary key (encounter_id, field)) strict, without rowid""",
    """create table reads (
        document_id text primary key, encounter_id text not null, version text not null, read_at text not null)
        strict, without rowid""",
    """create table places (
        encounter_id text primary key, body text not null, at text not null) strict, without rowid""",
    """create table outbox (
        seq integer primary key autoincrement, id text not null unique, kind text not null,
        encounter_id text not null, task_id text not null, based_on text not null, base text not null,
        body text not null, state text not null, attempts integer not null default 0, not_before text,
        answer text not null default '', created_at text not null, settled_at text) strict""",
    "create index outbox_of_encounter on outbox (encounter_id, seq)",
    "create table acts (intent_id text primary key, at text not null) strict, without rowid",
    """create table recent_codes (
        system text not null, value text not null, title text not null, used_at text not null,
        uses integer not null, primary key (system, value)) strict, without rowid""",
)

STATEMENTS = MIRROR + WORK
