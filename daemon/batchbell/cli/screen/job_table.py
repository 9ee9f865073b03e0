"""The table of jobs on a terminal, in the widest form that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from batchbell.cli.screen.grid import GAP, Cell, Column, laid_out, shorten, widths_of
from batchbell.cli.screen.short_ids import shortest_unique
from batchbell.cli.screen.signs import COLOURS, bar, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.screen.job_rows import JobRow

#: Under each job that has one.
REMARK_INDENT = "   "
#: The model is the last and flexible column; with less room for it, ids and bars give way.
_MODEL_WIDTH = 14


class _Form(NamedTuple):
    """What a table has room for."""

    whole_ids: bool
    #: Characters of a progress bar; 0 for none.
    bar: int


#: Widest first: a short id is worth more than a long bar.
_FORMS = (
    _Form(whole_ids=True, bar=16),
    _Form(whole_ids=False, bar=16),
    _Form(whole_ids=False, bar=10),
    _Form(whole_ids=False, bar=0),
)


def job_lines(
    rows: Sequence[JobRow], *, all_ids: Sequence[str], with_account: bool, width: int
) -> Iterator[Text]:
    """Yield the headers, and one or two lines for each job.

    `all_ids` are those a shortened id must not be confused with, sorted.
    """
    for form in _FORMS:
        columns = _columns(form, with_account=with_account)
        cells = [_cells(row, form, all_ids, with_account=with_account) for row in rows]
        wanted = widths_of(columns, cells, None)
        widths = widths_of(columns, cells, width)
        taken = sum(widths) + len(GAP) * (len(widths) - 1)
        if taken <= width and widths[-1] >= min(wanted[-1], _MODEL_WIDTH):
            break
    headers = [Cell(column.header, "bold dim") for column in columns]
    laid = laid_out(columns, [headers, *cells], widths)
    yield _line(next(laid), bar_at=None)
    bar_at = columns.index(_PROGRESS) if form.bar else None
    for row, laid_cells in zip(rows, laid, strict=True):
        yield _line(laid_cells, bar_at=bar_at, fraction=row.fraction)
        if row.remark:
            remark = shorten(row.remark, width - len(REMARK_INDENT))
            yield Text(f"{REMARK_INDENT}{remark}", style="dim", no_wrap=True)


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
        Column("Model", flexible=True),
    ]


def _cells(row: JobRow, form: _Form, all_ids: Sequence[str], *, with_account: bool) -> list[Cell]:
    colour = COLOURS[row.severity]
    return [
        Cell(sign(row.severity), f"bold {colour}"),
        Cell(row.id if form.whole_ids else shortest_unique(row.id, all_ids)),
        *([Cell(row.account)] if with_account else []),
        Cell(row.status, colour),
        *([Cell(" " * form.bar, colour)] if form.bar else []),
        Cell(row.percent),
        Cell(row.when, colour if row.is_urgent else ""),
        Cell(_last_part(row.model), "dim"),
    ]


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
