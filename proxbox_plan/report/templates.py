"""Templates: an environment for each format, in which everything that is printed gets the format's one escaping.

A template prints plain values only; what is Markdown, HTML or a color code already is `Markup`, made by a filter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape as html_escaped
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.blocks import Code, Strong
from proxbox_plan.report.markdown.escaping import code, escaped, unreferenced
from proxbox_plan.report.text.style import Hue

Escaping = Callable[[str], str]

# What mentions and addresses are made of, in case they are looked for inside HTML.
_NO_LINK = str.maketrans({"@": "&#64;", "/": "&#47;", ".": "&#46;", "`": "&#96;", "|": "&#124;"})

_ESCAPINGS: dict[str, Escaping] = {
    "text": sanitized,
    "markdown": escaped,
    "html": lambda text: html_escaped(sanitized(text)),
}


def render_template(name: str, **values: Any) -> str:
    """Return the template `FORMAT/NAME` of this package with the values in it; the folder says the escaping."""
    return _environment(name.partition("/")[0]).get_template(name).render(**values)


@cache
def _environment(format_: str) -> Environment:
    escaping = _ESCAPINGS[format_]

    def finalized(value: Any) -> Markup:
        return value if isinstance(value, Markup) else Markup(escaping(str(value)))  # noqa: S704 # escaped here

    environment = Environment(
        loader=PackageLoader("proxbox_plan.report", ""),
        autoescape=True,  # what a macro returns is not escaped again
        finalize=finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    if format_ == "markdown":
        environment.filters |= {"cell": _cell, "html": _html_cell, "link": _link, "number": _number}
    if format_ == "text":
        environment.filters["paint"] = _paint
    return environment


def _cell(text: str) -> Markup:
    """Return words, or a value as code, whose escaped text GitHub and GitLab show exactly."""
    match text:
        case Code() if text:
            return Markup(code(text))  # noqa: S704 # escaped there
        case Strong():
            return Markup(f"**{escaped(text)}**")  # noqa: S704 # escaped there
        case _:
            return Markup(escaped(text))  # noqa: S704 # escaped there


def _html_cell(text: str) -> Markup:
    """Return the same where Markdown is not read: on the line of a `<summary>`."""
    shown_text = html_escaped(sanitized(text))
    if isinstance(text, Code) and text:
        return Markup(f"<code>{shown_text.translate(_NO_LINK)}</code>")  # noqa: S704 # escaped
    return Markup(unreferenced(shown_text).translate(_NO_LINK))  # noqa: S704 # escaped


def _link(link: Link) -> Markup:
    """Return a link; its address has no character that Markdown knows, see `Link.parse`."""
    return Markup(f"[{escaped(link.name)}](<{link.url}>)")  # noqa: S704 # checked there


def _number(value: int) -> str:
    return f"{value:,}"


@pass_context
def _paint(context: Context, text: Any, hue: Hue | None) -> Markup:
    """Return the text in a color, if the style of this report has colors."""
    plain = text if isinstance(text, Markup) else sanitized(str(text))
    return Markup(context["style"].paint(str(plain), hue) if hue else plain)  # noqa: S704 # escaped here
