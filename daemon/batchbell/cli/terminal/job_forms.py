"""The forms that the table of jobs takes, by the room there is."""

from __future__ import annotations

from typing import NamedTuple

#: The model is the last and flexible column; with less room for it, ids and bars give way.
MODEL_WIDTH = 14
#: Longest names where there is room, and where there is little, columns of a terminal.
_LONG_NAME, _NAME, _SHORT_NAME, _SHORTEST_NAME = 48, 28, 20, 10


class TableForm(NamedTuple):
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
    #: Whether the status and how much is done have a column each; else a job has the one of them
    #: that says more.
    status: bool = True
    #: Whether jobs of several accounts have theirs in a column.
    account: bool = True
    #: Whether what to do has a column, and nothing stands under a job.
    act: bool = False
    #: Whether that is whole; else where it lacks the room no more than how it begins.
    whole_act: bool = True


_WITHOUT_BAR = TableForm(whole_ids=False, name=_SHORT_NAME, bar=0, model=False, forecast=False)
#: When a job is due decides; its account, which an id stands for, does not.
_WITHOUT_ACCOUNT = _WITHOUT_BAR._replace(account=False)
#: Widest first: the model goes first, and a line saved is worth more than a long bar.
FORMS = (
    TableForm(whole_ids=True, name=_LONG_NAME, bar=16, model=True, forecast=True),
    TableForm(whole_ids=False, name=_LONG_NAME, bar=16, model=True, forecast=True),
    TableForm(whole_ids=False, name=_NAME, bar=16, model=True, forecast=True),
    TableForm(whole_ids=False, name=_NAME, bar=16, model=False, forecast=True),
    TableForm(whole_ids=False, name=_NAME, bar=10, model=False, forecast=True),
    TableForm(whole_ids=False, name=_SHORT_NAME, bar=10, model=False, forecast=True),
    TableForm(whole_ids=False, name=_SHORT_NAME, bar=10, model=False, forecast=False),
    _WITHOUT_BAR,
    _WITHOUT_ACCOUNT,
    _WITHOUT_ACCOUNT._replace(name=_SHORTEST_NAME),
    _WITHOUT_ACCOUNT._replace(name=_SHORTEST_NAME, status=False),
)
#: The same with one line for each job: what to do stands in it, and nothing of why.
_FLAT = TableForm(whole_ids=False, name=_NAME, bar=10, model=False, forecast=False, act=True)
#: What to do is worth more than the account, which a job's id stands for.
_NARROW = _FLAT._replace(name=_SHORT_NAME, bar=0, status=False, account=False)
FLAT_FORMS = (
    _FLAT,
    _FLAT._replace(name=_SHORT_NAME, bar=0),
    _FLAT._replace(name=_SHORT_NAME, bar=0, status=False),
    _NARROW,
    _NARROW._replace(whole_act=False),
    _NARROW._replace(name=_SHORTEST_NAME, whole_act=False),
)
