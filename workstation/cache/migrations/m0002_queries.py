"""Provider queries and what belongs to them: the server's side, captures, disclosures, incidents, teaching copies."""

STATEMENTS = (
    "alter table observations add column source text not null default ''",
    # work: what the coder wrote and decided
    """create table queries (
        id text primary key, encounter_id text not null, decision text not null, body text not null,
        standing text not null, changed_at text not null) strict, without rowid""",
    "create index queries_of_encounter on queries (encounter_id)",
    """create table captures (
        id text primary key, encounter_id text not null, document_id text not null, page integer not null,
        body blob not null, made_at text not null) strict""",
    "create index captures_of_encounter on captures (encounter_id)",
    """create table disclosures (
        id text primary key, query_id text not null, encounter_id text not null, account_number text not null,
        at text not null, recipient text not null, recipient_name text not null, description text not null,
        purpose text not null, accountable integer not null, note text not null default '') strict, without rowid""",
    """create table incidents (
        id text primary key, kind text not null, encounter_id text not null, discovered_at text not null,
        state text not null, body text not null, changed_at text not null) strict, without rowid""",
    # mirror: what the server said of a query, and queries of others this coder is to review
    """create table query_mirror (
        query_id text primary key, encounter_id text not null, body text not null, fetched_at text not null)
        strict, without rowid""",
    """create table peer_reviews (
        task_id text primary key, version text not null, status text not null, task text not null,
        request text not null, fetched_at text not null) strict, without rowid""",
    # teaching copies hold no identifier; the chart they were made from is never kept here
    """create table teaching_tasks (
        task_id text primary key, version text not null, status text not null, task text not null,
        fetched_at text not null) strict, without rowid""",
    """create table teaching_copies (
        id text primary key, task_id text not null, state text not null, body text not null,
        changed_at text not null) strict, without rowid""",
)
