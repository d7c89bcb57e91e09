"""The pages the practice identity provider shows in the browser: sign-in, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template_string


@dataclass(frozen=True, slots=True)
class Row:
    """One person on the sign-in page."""

    user: str
    name: str
    title: str
    password: str
    code: str


def sign_in_page(people: Sequence[Row], *, chosen: str, seconds_left: int, trouble: str = "") -> str:
    """Plain HTML: works without scripts, by keyboard, at any size."""
    return render_template_string(
        _SIGN_IN, people=people, chosen=chosen, seconds_left=seconds_left, trouble=trouble, style=_STYLE
    )


def trouble_page(words: str) -> str:
    return render_template_string(_TROUBLE, words=words, style=_STYLE)


_STYLE = """
:root { color-scheme: light dark; --ink: #14212b; --soft: #566672; --paper: #f3f6f8; --card: #ffffff; --line: #d5dde3;
  --accent: #0b6e75; --bad: #a3261f; --bad-soft: #fdeceb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eef2; --soft: #9fb0bc; --paper: #10181e; --card: #18232b;
  --line: #2e3d48; --accent: #4fb9bf; --bad: #ff9b94; --bad-soft: #3a1c1a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.25rem; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 0 0 .75rem; font-size: 1rem; }
.columns { display: grid; grid-template-columns: minmax(17rem, 22rem) 1fr; gap: 1.25rem; margin-top: 1.75rem; }
@media (max-width: 48rem) { .columns { grid-template-columns: 1fr; } }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.25rem; }
label { display: block; margin: 0 0 1rem; font-weight: 600; }
input { display: block; width: 100%; margin-top: .3rem; padding: .6rem .7rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; }
input:focus, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
button { width: 100%; padding: .7rem; font: inherit; font-weight: 600; color: var(--card); background: var(--accent);
  border: 0; border-radius: .4rem; cursor: pointer; }
.trouble { margin: 0 0 1rem; padding: .6rem .8rem; color: var(--bad); background: var(--bad-soft);
  border-left: 4px solid var(--bad); border-radius: .3rem; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .5rem .6rem .5rem 0; text-align: left; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border: 0; color: var(--soft); font-weight: 500; }
td small { display: block; color: var(--soft); }
code { font: .95em ui-monospace, Consolas, monospace; }
.note { margin: .9rem 0 0; color: var(--soft); font-size: .85rem; }
"""

_SIGN_IN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - Lakemere practice hospital</title><style>{{ style|safe }}</style></head>
<body><main>
<header><h1>Lakemere Regional Medical Center</h1>
<p>Practice hospital on this computer. All patients are invented.</p></header>
<div class="columns">
<section class="card" aria-labelledby="sign-in"><h2 id="sign-in">Sign in to Coder Workstation</h2>
{% if trouble %}<p class="trouble" role="alert">{{ trouble }}</p>{% endif %}
<form method="post" autocomplete="off">
<label>User name <input name="username" value="{{ chosen }}" required {% if not chosen %}autofocus{% endif %}
 autocapitalize="none" spellcheck="false"></label>
<label>Password <input name="password" type="password" required {% if chosen %}autofocus{% endif %}></label>
<label>Six-digit code <input name="otp" inputmode="numeric" pattern="[0-9 ]{6,7}" maxlength="7" required></label>
<button type="submit">Sign in</button>
</form></section>
<section class="card" aria-labelledby="people"><h2 id="people">Who you can be</h2>
<table><thead><tr><th scope="col">Person</th><th scope="col">User</th><th scope="col">Password</th>
<th scope="col">Code now</th></tr></thead><tbody>
{% for one in people %}<tr><td>{{ one.name }}<small>{{ one.title }}</small></td><td><code>{{ one.user }}</code></td>
<td><code>{{ one.password }}</code></td><td><code>{{ one.code[:3] }} {{ one.code[3:] }}</code></td></tr>
{% endfor %}</tbody></table>
<p class="note">Because this is practice, the passwords and codes stand here. A code changes every 30 seconds;
these are good for {{ seconds_left }} seconds and a little longer. Reload the page for fresh ones.</p></section>
</div></main></body></html>"""

_TROUBLE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign-in stopped</title><style>{{ style|safe }}</style></head>
<body><main><header><h1>This sign-in cannot go on</h1><p>Close this page and start again in Coder Workstation.</p>
</header><p class="trouble" role="alert">{{ words }}</p></main></body></html>"""
