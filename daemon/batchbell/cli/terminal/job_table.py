"""The table of jobs on a terminal, in the widest form that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from batchbell.cli.terminal.grid import (
    GAP,
    Cell,
    Column,
    laid_out,
    shorten,
    shorten_name,
    widths_of,
)
from batchbell.cli.terminal.job_rows import NOTHING
from batchbell.cli.terminal.short_ids import shortest_unique
from batchbell.cli.terminal.signs import STYLES, bar, joined, sign
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.terminal.job_rows import JobRow

#: Under each job that has one.
REMARK_INDENT = "   "
#: The model is the last and flexible column; with less room for it, ids and bars give way.
_MODEL_WIDTH = 14
#: Longest names where there is room, and where there is little, columns of a terminal.
_LONG_NAME, _NAME, _SHORT_NAME = 48, 28, 20


class _Form(NamedTuple):
    """What a table has room for."""

    whole_ids: bool
    #: Columns of a job's name.
    name: int
    #: Characters of a progress bar; 0 for none.
    bar: int
    #: Whether models have a column.
    model: bool
    #: Whether forecasts have a column; else they are remarks.
    forecast: bool


#: Widest first: the model goes first, and a line saved is worth more than a long bar.
_FORMS = (
    _Form(whole_ids=True, name=_LONG_NAME, bar=16, model=True, forecast=True),
    _Form(whole_ids=False, name=_LONG_NAME, bar=16, model=True, forecast=True),
    _Form(whole_ids=False, name=_NAME, bar=16, model=True, forecast=True),
    _Form(whole_ids=False, name=_NAME, bar=16, model=False, forecast=True),
    _Form(whole_ids=False, name=_NAME, bar=10, model=False, forecast=True),
    _Form(whole_ids=False, name=_SHORT_NAME, bar=10, model=False, forecast=True),
    _Form(whole_ids=False, name=_SHORT_NAME, bar=10, model=False, forecast=False),
    _Form(whole_ids=False, name=_SHORT_NAME, bar=0, model=False, forecast=False),
)


def job_lines(
    rows: Sequence[JobRow], *, all_ids: Sequence[str], with_account: bool, width: int
) -> Iterator[Text]:
    """Yield the headers, and one or two lines for each job.

    `all_ids` are those a shortened id must not be confused with, sorted.
    """
    any_forecast = any(row.forecast != NOTHING for row in rows)
    for widest in _FORMS:
        form = widest._replace(forecast=widest.forecast and any_forecast)
        columns = _columns(form, with_account=with_account)
        cells = [_cells(row, form, all_ids, with_account=with_account) for row in rows]
        wanted = widths_of(columns, cells, None)
        widths = widths_of(columns, cells, width)
        taken = sum(widths) + len(GAP) * (len(widths) - 1)
        has_room = not form.model or widths[-1] >= min(wanted[-1], _MODEL_WIDTH)
        if taken <= width and has_room:
            break
    headers = [Cell(column.header, "bold dim") for column in columns]
    laid = laid_out(columns, [headers, *cells], widths)
    yield _line(next(laid), bar_at=None)
    bar_at = columns.index(_PROGRESS) if form.bar else None
    for row, laid_cells in zip(rows, laid, strict=True):
        yield _line(laid_cells, bar_at=bar_at, fraction=row.fraction)
        remark = _remark(row, form)
        if remark:
            short = shorten(remark, width - len(REMARK_INDENT))
            yield Text(f"{REMARK_INDENT}{short}", style="dim", no_wrap=True)


_PROGRESS = Column("Progress")


def _columns(form: _Form, *, with_account: bool) -> list[Column]:
    return [
        Column(""),
        Column("Job"),
        *([Column("Account", flexible=True)] if with_account else []),
        Column("Status"),
        *([_PROGRESS] if form.bar else []),
        Column("" if form.bar else "Done", right=True),
        Column("When"),
        *([Column("Forecast")] if form.forecast else []),
        *([Column("Model", flexible=True)] if form.model else []),
    ]


def _cells(row: JobRow, form: _Form, all_ids: Sequence[str], *, with_account: bool) -> list[Cell]:
    colour = STYLES[row.severity]
    warning = STYLES[Severity.WARNING] if row.is_at_risk else ""
    return [
        Cell(sign(row.severity), f"bold {colour}"),
        Cell(_called(row, form, all_ids)),
        *([Cell(row.account)] if with_account else []),
        Cell(row.status, colour),
        *([Cell(" " * form.bar, colour)] if form.bar else []),
        Cell(row.percent),
        Cell(row.when, colour if row.is_urgent else ""),
        *([Cell(row.forecast, warning)] if form.forecast else []),
        *([Cell(_last_part(row.model), "dim")] if form.model else []),
    ]


def _called(row: JobRow, form: _Form, all_ids: Sequence[str]) -> str:
    """Return a job's name and its id behind it, whole or as short as commands take it."""
    job_id = row.id if form.whole_ids else shortest_unique(row.id, all_ids)
    return joined(shorten_name(row.name, form.name), job_id)


def _remark(row: JobRow, form: _Form) -> str:
    """Return what stands under a job: its forecast too, unless a column or the risk says it."""
    if form.forecast or row.forecast == NOTHING or row.is_at_risk:
        return row.remark
    return "; ".join(filter(None, (f"done {row.forecast}", row.remark)))


def _line(cells: Sequence[Cell], *, bar_at: int | None, fraction: float | None = None) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    for at, cell in enumerate(cells):
        line.append(GAP if at else "")
        if at == bar_at and fraction is not None:
            done, left = bar(fraction, len(cell.text))
            line.append(done, style=cell.style).append(left, style="dim")
        else:
            line.append(cell.text, style=cell.style)
    return line


def _last_part(model: str) -> str:
    """Return a model's name without its maker: `meta-llama/X` is `X`."""
    return model.rpartition("/")[2] or model
