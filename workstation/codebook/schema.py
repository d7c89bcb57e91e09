"""Build: the tables of the pack. Row order is meaning: a lower document id is the likelier answer."""

from __future__ import annotations

FORMAT = 5

SEARCH = """
create virtual table search_cm using fts5(words, content='', detail=none, prefix='1 2 3', tokenize='ascii');
create virtual table search_pcs using fts5(words, content='', detail=none, prefix='1 2 3', tokenize='ascii');
create virtual table search_hcpcs using fts5(words, content='', detail=none, prefix='1 2 3', tokenize='ascii');
"""

SCHEMA = """
create table facts(name text primary key, value text not null) strict, without rowid;
create table codes(
    id integer primary key,
    system text not null,
    bare text not null,
    title text not null,
    parent integer,
    billable integer not null,           -- ever a full code
    first_day integer,                   -- yyyymmdd as a full code
    last_day integer,                    -- null while in force
    first_heading integer,               -- days on which full codes lie below it
    last_heading integer,
    poa_exempt integer not null
) strict;
create table spans(code integer not null, first_day integer not null, last_day integer, flags text not null) strict;
create table severities(
    code integer not null, first_version integer not null, last_version integer not null, severity text not null
) strict;
create table successors(code integer not null, successor integer not null, effective integer not null) strict;
-- edition: the first day a Tabular List counts, yyyymmdd
create table headings(
    edition integer not null, name text not null, title text not null, parent text, primary key (edition, name)
) strict, without rowid;
create table notes(
    edition integer not null, heading text not null, place integer not null,
    kind text not null, text text not null, codes text not null,
    primary key (edition, heading, place)
) strict, without rowid;
create table documents(
    id integer primary key, code integer not null, kind integer not null, phrase text, words text not null
) strict;
create table pcs_tables(
    prefix text primary key, operation text not null, body_system text not null, definition text not null
) strict, without rowid;
create table pcs_values(
    prefix text not null, place integer not null, value text not null, label text not null,
    primary key (prefix, place, value)
) strict, without rowid;
create table drg_types(
    drg integer not null, version integer not null, kind text not null, primary key (drg, version)
) strict, without rowid;
create table drg_weights(                -- CMS Table 5, only when imported
    drg integer not null, fiscal_year integer not null, weight real not null, mean_stay real,
    primary key (drg, fiscal_year)
) strict, without rowid;
create table ncci_pairs(
    first text not null, second text not null, effective integer not null, ended integer, indicator integer not null,
    primary key (first, second, effective)
) strict, without rowid;
create table unit_limits(
    code text not null, effective integer not null, units integer not null, indicator integer not null,
    primary key (code, effective)
) strict, without rowid;
create table add_ons(
    code text not null, primary_code text not null, effective integer not null, ended integer,
    primary key (code, primary_code, effective)
) strict, without rowid;
create table synonyms(
    system text not null, phrase text not null, place integer not null, meaning text not null,
    primary key (system, phrase, place)
) strict, without rowid;
create table vocabulary(word text primary key, documents integer not null, skeleton text not null)
    strict, without rowid;
"""

INDEXES = """
create unique index codes_by_bare on codes(system, bare);
create index codes_by_parent on codes(parent, bare);
create index spans_by_code on spans(code);
create index severities_by_code on severities(code);
create index successors_by_code on successors(code);
create index vocabulary_by_skeleton on vocabulary(skeleton);
"""
