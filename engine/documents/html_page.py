"""Conversion of a document to one HTML page without network access or scripts, for screens, phones and paper."""

from __future__ import annotations

from html import escape

from .markdown import to_html

PAGE_STYLE = """\
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --ground: #ffffff;
  --head: #f3f5f8; --accent: #1f5fa8; --mark: #fff1b8; --mark-ink: #5c4300; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #a3adba; --line: #39424e; --ground: #14181e; --head: #1e242c;
    --accent: #7fb2ee; --mark: #4a3b0a; --mark-ink: #ffe49a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 2.5rem 1.5rem 4rem; background: var(--ground);
  color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; break-after: avoid; }
h1 { font-size: 1.75rem; margin: 0 0 1.5rem; padding-bottom: .75rem; border-bottom: 2px solid var(--accent); }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .75rem; color: var(--accent); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p, ul, ol { margin: .5rem 0; }
ul, ol { padding-left: 1.4rem; }
li { margin: .2rem 0; }
.tick { list-style: none; margin-left: -1.2rem; }
.table { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th, td { padding: .45rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { background: var(--head); font-weight: 600; }
tr { break-inside: avoid; }
mark { background: var(--mark); color: var(--mark-ink); padding: 0 .25em; border-radius: .25em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
code { font-size: .9em; background: var(--head); padding: .1em .3em; border-radius: .25em; }
blockquote { margin: .75rem 0; padding: .1rem 1rem; border-left: 3px solid var(--accent); color: var(--soft); }
a { color: var(--accent); }
@media (max-width: 40rem) { body { padding: 1.25rem 1rem 3rem; } h1 { font-size: 1.4rem; } }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --line: #bbb; --ground: #fff; --head: #f0f0f0;
    --accent: #14406f; --mark: #fff1b8; --mark-ink: #5c4300; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  .table { overflow: visible; }
  table { font-size: 9.5pt; }
  th, td { padding: .3rem .4rem; }
}
@page { margin: 18mm; }
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}</body>
</html>
"""


def draw_html_page(text: str, title: str, language: str) -> str:
    """Return a Markdown document as a page; title and language may be any text."""
    return _PAGE.format(
        language=escape(language),
        title=escape(title),
        style=PAGE_STYLE,
        body=to_html(text, language),
    )
