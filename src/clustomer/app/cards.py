"""Small pieces of page in HTML of our own: every text in them is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from clustomer.app.charts import ink_on
from clustomer.report.style import percent, segment_colour, unbroken
from clustomer.segments.segment import Segment

STYLE: Final = """
<style>
.block-container { padding-top: 2.6rem; padding-bottom: 3rem; max-width: 1180px; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit;
  opacity: 1; }
.seg-badge { display: inline-block; min-width: 2.2em; padding: 0 .5em; border-radius: 1em;
  text-align: center; font-weight: 600; font-size: .85rem; line-height: 1.6; }
.seg-cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(16.5rem, 1fr));
  gap: .8rem; }
.seg-card { border: 1px solid rgba(128,128,128,.35); border-left-width: 6px; border-radius: .5rem;
  padding: .7rem .9rem; }
.seg-card h3 { font-size: 1.05rem; margin: .15rem 0 .3rem; padding: 0; line-height: 1.25; }
.seg-card p { font-size: .88rem; margin: .35rem 0 0; line-height: 1.4; }
.seg-card .figures { font-size: .88rem; font-variant-numeric: tabular-nums; }
.seg-answer { border: 1px solid rgba(128,128,128,.35); border-left-width: 10px;
  border-radius: .5rem; padding: .8rem 1.1rem; margin-bottom: .6rem; }
.seg-answer .name { font-size: 1.45rem; font-weight: 700; line-height: 1.2; }
.seg-answer p { margin: .6rem 0 0; }
.seg-key { display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; font-size: .88rem; }
.seg-sizes { container-type: inline-size; }
.seg-sizes ul { list-style: none; margin: 0; padding: 0; }
.seg-sizes li { display: grid; grid-template-columns: 12.5rem 1fr; gap: 0 .9rem; margin: 0;
  padding: .3rem 0; align-items: center; font-size: .88rem; line-height: 1.35; }
.seg-sizes b { margin-left: .2rem; overflow-wrap: anywhere; }
.seg-sizes .bar { display: flex; align-items: center; gap: .5rem; margin: .1rem 0;
  white-space: nowrap; font-variant-numeric: tabular-nums; }
.seg-sizes i { height: 1.1rem; border-radius: .2rem; flex: none; }
@container (max-width: 34rem) { .seg-sizes li { grid-template-columns: 1fr; } }
.seg-all { display: inline-block; width: 1.6em; height: .9em; border-radius: .25em;
  vertical-align: -.1em; background: rgba(128,140,160,.55); }
.seg-short { border: 1px solid rgba(128,128,128,.35); border-left-width: 8px;
  border-radius: .5rem; padding: .45rem .7rem; }
div:has(> .st-key-short-answer) { display: none; }
.sure { height: .55rem; border-radius: .3rem; background: rgba(128,128,128,.25);
  margin-top: .5rem; }
.sure > span { display: block; height: 100%; border-radius: .3rem; }
[data-testid="stMultiSelect"] div[role="group"] { max-height: none; }
@media (max-width: 640px) {
  .block-container { padding-left: .9rem; padding-right: .9rem; }
  div:has(> .st-key-short-answer) { display: flex; position: sticky; top: 3.75rem; z-index: 20; }
  .seg-short { background: Canvas; }
}
</style>
"""


DARK_STYLE: Final = """
<style>
[data-testid="stMultiSelect"] [data-tag], [data-testid="stMultiSelect"] [data-tag] *,
[data-testid="stBaseButton-primary"]:not(:disabled) * { color: #10151C; }
</style>
"""
"""On a dark page a colour that is read on it is too light for white letters of its own."""


def badge(position: int, text: str) -> str:
    """A segment's id on its colour."""
    colour = segment_colour(position)
    return (
        f'<span class="seg-badge" style="background:{colour};color:{ink_on(colour)}">'
        f"{escape(text)}</span>"
    )


def segment_cards(segments: Sequence[Segment], noun: str) -> str:
    """A card a segment: its name, its size, what sets it apart."""
    cards = "".join(_card(at, segment, noun) for at, segment in enumerate(segments))
    return f'<div class="seg-cards">{cards}</div>'


def _card(position: int, segment: Segment, noun: str) -> str:
    figures = f"{segment.customers:,} {noun} · {percent(segment.share)}"
    if segment.spend_share is not None:
        figures += f" · {percent(segment.spend_share)} of spend"
    told = segment.facts or "are close to the average in everything that was measured"
    return (
        f'<div class="seg-card" style="border-left-color:{segment_colour(position)}">'
        f"{badge(position, segment.id)}<h3>{escape(segment.name)}</h3>"
        f'<div class="figures">{escape(figures)}</div>'
        f"<p>On average they {escape(unbroken(told))}.</p></div>"
    )


def size_bars(segments: Sequence[Segment], noun: str) -> str:
    """Each segment's share of customers (pale) beside its share of spend (full), as bars.

    In HTML rather than by Plotly, whose script is almost five megabytes and which a browser takes
    more than a second to get ready: this first picture stands with the page's text.
    """
    shares = [(one.share, one.spend_share) for one in segments]
    widest = max((max(size, spend or 0.0) for size, spend in shares), default=0.0) or 1.0
    rows = "".join(
        f'<li title="{escape(f"{one.name}: {one.customers:,} {noun}")}">'
        f"<span>{badge(at, one.id)} <b>{escape(one.name)}</b></span>"
        f"<div>{_share_bar(at, one.share, widest, 0.42, noun)}"
        f"{_share_bar(at, one.spend_share, widest, 1.0, 'spend')}</div></li>"
        for at, one in enumerate(segments)
    )
    # The same room for words behind every bar: all have one scale.
    words = 0.6 * max((len(percent(size)) for size, _ in shares), default=0) + 0.6 * len(noun) + 2
    return f'<div class="seg-sizes" style="--words:{words:.1f}em"><ul>{rows}</ul></div>'


def _share_bar(position: int, share: float | None, widest: float, opacity: float, of: str) -> str:
    if share is None:
        return ""
    return (
        f'<div class="bar"><i style="width:calc((100% - var(--words)) * {share / widest:.4f});'
        f'background:{segment_colour(position)};opacity:{opacity}"></i>'
        f"{escape(percent(share))} of {escape(of)}</div>"
    )


def segment_key(segments: Sequence[Segment], noun: str = "") -> str:
    """Ids of the segments on their colours, each with its name; `noun` adds all of them in grey."""
    names = "".join(
        f"<span>{badge(at, segment.id)} {escape(segment.name)}</span>"
        for at, segment in enumerate(segments)
    )
    every = f'<span><i class="seg-all"></i> all {escape(noun)}</span>' if noun else ""
    return f'<div class="seg-key">{names}{every}</div>'


def short_answer(position: int, segment: Segment, sure: float | None) -> str:
    """The answer in one line, for a phone on which the whole one stands below the form."""
    told = "" if sure is None else f" · {percent(min(max(sure, 0.0), 1.0))} sure"
    return (
        f'<div class="seg-short" style="border-left-color:{segment_colour(position)}">'
        f"{badge(position, segment.id)} <b>{escape(segment.name)}</b>{escape(told)}</div>"
    )


def answer(position: int, segment: Segment, lines: Sequence[str], sure: float | None) -> str:
    """The answer to "which segment": its name, a bar for how sure, and lines of text."""
    colour = segment_colour(position)
    bar = ""
    if sure is not None:
        width = max(min(sure, 1.0), 0.0) * 100
        bar = (
            f'<div class="sure" role="img" aria-label="{percent(width / 100)} sure">'
            f'<span style="width:{width:.0f}%;background:{colour}"></span></div>'
        )
    said = "".join(f"<p>{escape(unbroken(line))}</p>" for line in lines)
    return (
        f'<div class="seg-answer" style="border-left-color:{colour}">{badge(position, segment.id)}'
        f'<div class="name">{escape(segment.name)}</div>{bar}{said}</div>'
    )
