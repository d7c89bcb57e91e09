"""What coders handed to the leads, for a lead's desk."""

STATEMENTS = (
    # mirror: ids, codes and the coder's own note; nothing of a chart
    """create table hand_overs (
        task_id text primary key, version text not null, status text not null, body text not null,
        fetched_at text not null) strict, without rowid""",
)
