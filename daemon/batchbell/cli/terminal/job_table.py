"""The table of jobs on a terminal, in the widest form that fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from batchbell.cli.terminal.emphasis import act_severity
from batchbell.cli.terminal.grid import (
    GAP,
    Cell,
    Column,
    laid_out,
    pad,
    shorten,
    shorten_name,
    text_width,
    widths_of,
)
from batchbell.cli.terminal.hanging import even
from batchbell.cli.terminal.job_done import NOTHING
from batchbell.cli.terminal.job_forms import FLAT_FORMS, FORMS, MODEL_WIDTH, TableForm
from batchbell.cli.terminal.short_ids import shortest_unique
from batchbell.cli.terminal.signs import STYLES, bar, between, joined, sign
from batchbell.core.event import Severity
from batchbell.messages.deadline_words import STILL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.terminal.job_rows import JobRow

#: Under each job that has one.
REMARK_INDENT = "   "
#: So much stands there, characters: an error may be of any length.
_MOST_BELOW = 140
#: What stands between what to do first and what then.
_THEN = re.compile(r"[,;:] | \(")
#: Behind its sign.
_ACT_AT = 1
#: Between what to do and why.
_WHY = ": "


def job_lines(
    rows: Sequence[JobRow],
    *,
    all_ids: Sequence[str],
    with_account: bool,
    width: int,
    flat: bool = False,
    with_forecast: bool = False,
) -> Iterator[Text]:
    """Yield the headers, and one or two lines for each job, or one alone if it is to be `flat`.

    `all_ids` are those a shortened id must not be confused with, sorted. There is a column of
    forecasts if any has one, or `with_forecast`: so a table that moves keeps its columns.
    """
    any_forecast = with_forecast or any(row.forecast != NOTHING for row in rows)
    for widest in FLAT_FORMS if flat else FORMS:
        form = widest._replace(
            forecast=widest.forecast and any_forecast, account=widest.account and with_account
        )
        columns = _columns(form)
        cells = [_cells(row, form, all_ids) for row in rows]
        wanted = widths_of(columns, cells, None)
        widths = widths_of(columns, cells, width)
        taken = sum(widths) + len(GAP) * (len(widths) - 1)
        has_room = not form.model or widths[-1] >= min(wanted[-1], MODEL_WIDTH)
        if form.bar and form.account:
            # A whole account is worth more than a long bar.
            at = columns.index(_ACCOUNT)
            has_room = has_room and widths[at] == wanted[at]
        if taken <= width and has_room:
            break
    if form.act:
        room = widths[_ACT_AT]
        cells = [_in_room(row, each, room) for row, each in zip(rows, cells, strict=True)]
    headers = [Cell(column.header, "bold dim") for column in columns]
    laid = laid_out(columns, [headers, *cells], widths)
    job_at = columns.index(_JOB)
    yield _line(next(laid), job_at=job_at, bar_at=None)
    bar_at = columns.index(_PROGRESS) if form.bar else None
    for row, laid_cells in zip(rows, laid, strict=True):
        act_at = _ACT_AT if form.act else None
        yield _line(laid_cells, job_at=job_at, bar_at=bar_at, act_at=act_at, fraction=row.fraction)
        if not form.act and (row.act or _remark(row, form)):
            yield from _below(row, form, width)


_PROGRESS = Column("Progress")
_PERCENT = len("100.0%")
_JOB = Column("Job")
_ACCOUNT = Column("Account", flexible=True)


def _columns(form: TableForm) -> list[Column]:
    return [
        Column(""),
        *([Column("To do", flexible=not form.whole_act)] if form.act else []),
        _JOB,
        *([_ACCOUNT] if form.account else []),
        *([Column("Status")] if form.status else []),
        *([_PROGRESS] if form.bar else []),
        Column("" if form.bar else "Done" if form.status else "State", right=form.status),
        Column("When"),
        *([Column("Forecast")] if form.forecast else []),
        *([Column("Model", flexible=True)] if form.model else []),
    ]


def _cells(row: JobRow, form: TableForm, all_ids: Sequence[str]) -> list[Cell]:
    colour = "dim" if row.is_settled else STYLES[row.severity]
    late = STYLES[Severity.WARNING] if row.is_late and row.forecast != NOTHING else "dim"
    return [
        Cell(sign(row.severity), colour if row.is_settled else _mark_style(row)),
        *([Cell(row.act, _act_style(row))] if form.act else []),
        Cell(_called(row, form, all_ids)),
        *([Cell(row.account)] if form.account else []),
        *([Cell(row.status, colour)] if form.status else []),
        *([Cell(" " * form.bar, colour)] if form.bar else []),
        Cell(row.done if form.status else _stands(row), "dim"),
        Cell(row.when, colour if row.is_urgent else "dim"),
        *([Cell(row.forecast, late)] if form.forecast else []),
        *([Cell(_last_part(row.model), "dim")] if form.model else []),
    ]


def _in_room(row: JobRow, cells: list[Cell], width: int) -> list[Cell]:
    """Return the cells of a row with as much of what to do, and of why, as its column has room for.

    Where it lacks the room for what to do that is how it begins.
    """
    act = cells[_ACT_AT]._replace(text=act_in(row, width))
    return [*cells[:_ACT_AT], act, *cells[_ACT_AT + 1 :]]


def act_in(row: JobRow, width: int) -> str:
    """Return what to do with a job, and why as far as `width` has room for it."""
    if text_width(row.act) > width:
        return _begins(row.act)
    whys = (*_whys(row.remark),) if row.act and row.remark else ()
    told = (f"{row.act}{_WHY}{why}" for why in whys)
    return next((each for each in told if text_width(each) <= width), row.act)


def _whys(remark: str) -> Iterator[str]:
    """Yield why to do it, the first that fits is taken: for how long it stands still is enough."""
    yield remark
    yield _begins(remark)
    for part in _THEN.split(remark):
        if part.startswith(STILL):
            yield f"stuck {part.removeprefix(STILL)}"


def _begins(text: str) -> str:
    return _THEN.split(text, maxsplit=1)[0]


def _act_style(row: JobRow) -> str:
    """Return the brightest style of a row; what is to be left alone has no colour."""
    severity = act_severity(row.deed, row.severity)
    return "bold" if severity is None else f"bold {STYLES[severity]}"


def _mark_style(row: JobRow) -> str:
    """Return the colour of what to do: a sign alone would be passed over beside red words."""
    severity = act_severity(row.deed, row.severity)
    return f"bold {STYLES[row.severity if severity is None else severity]}"


def _stands(row: JobRow) -> str:
    """Return how much is done of a job that runs on, and the status of any other.

    Numbers stand below each other, and words begin where they do.
    """
    is_known = not row.finished and row.percent != NOTHING
    return pad(row.percent, _PERCENT, right=True) if is_known else row.status


def _called(row: JobRow, form: TableForm, all_ids: Sequence[str]) -> str:
    """Return a job's name and its id behind it, whole or as short as commands take it."""
    job_id = row.id if form.whole_ids else shortest_unique(row.id, all_ids)
    return joined(shorten_name(row.name, form.name), job_id)


def _below(row: JobRow, form: TableForm, width: int) -> Iterator[Text]:
    """Yield the lines under a job: what to do, then why; the number that decides may come last."""
    act, remark, indent = row.told_act, _remark(row, form), len(REMARK_INDENT)
    text = shorten(f"{act}{': ' if act and remark else ''}{remark}", _MOST_BELOW)
    first, *more = even(f"{REMARK_INDENT}{text}", width, below=indent)
    line = Text(shorten(first, width), style="dim", no_wrap=True)
    line.stylize(f"not dim {_act_style(row)}", indent, indent + len(act))
    yield line
    yield from (Text(shorten(each, width), style="dim", no_wrap=True) for each in more)


def _remark(row: JobRow, form: TableForm) -> str:
    """Return why to look at a job: its forecast too, unless a column or its lateness says it."""
    if form.forecast or row.forecast == NOTHING or row.is_late:
        return row.remark
    return "; ".join(filter(None, (f"done {row.forecast}", row.remark)))


def _line(
    cells: Sequence[Cell],
    *,
    job_at: int,
    bar_at: int | None,
    act_at: int | None = None,
    fraction: float | None = None,
) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    for at, cell in enumerate(cells):
        line.append(GAP if at else "")
        if at == bar_at and fraction is not None:
            done, left = bar(fraction, len(cell.text))
            line.append(done, style=cell.style).append(left, style="dim")
        elif at == act_at:
            act, mark, why = cell.text.partition(_WHY)
            line.append(act, style=cell.style).append(mark + why, style="dim")
        elif at == job_at:
            name, mark, job_id = cell.text.rpartition(between())
            line.append(name, style=cell.style)
            line.append(mark + job_id, style="dim" if mark else cell.style)
        else:
            line.append(cell.text, style=cell.style)
    return line


def _last_part(model: str) -> str:
    """Return a model's name without its maker: `meta-llama/X` is `X`."""
    return model.rpartition("/")[2] or model
