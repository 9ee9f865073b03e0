"""Who of several replicas watches what: each of them decides it alike, from what all see."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A daemon that shares its database with others."""

    #: Random, another one at each start.
    id: str
    #: The machine's name and the process's number.
    name: str
    version: str
    started_at: datetime
    #: Its last sign of life, by the database's clock.
    seen_at: datetime
    #: Without another one it is dead from then on.
    until: datetime
    #: What its configuration comes to; differs where they differ.
    config: str
    #: What it is configured to watch.
    subjects: frozenset[str]

    def is_alive(self, now: datetime) -> bool:
        """Whether it has what it holds for itself; `now` by the database's clock."""
        return now < self.until


def spread(wanted: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return which replica is to watch each subject; `wanted` has what each can watch.

    Of a kind, their first word, none has two more than another one, if all know them. One that
    joins or leaves moves little else: each subject ranks the replicas by chance that is always the
    same.
    """
    able: dict[str, list[str]] = defaultdict(list)
    for replica, subjects in wanted.items():
        for subject in subjects:
            able[subject].append(replica)
    counts = Counter(map(_kind, able))
    #: What each may have, and how many replicas may have one more.
    share = {kind: count // len(wanted) for kind, count in counts.items()}
    over = {kind: count % len(wanted) for kind, count in counts.items()}
    load: Counter[tuple[str, str]] = Counter()
    watched = {}
    for subject in sorted(able):
        kind = _kind(subject)
        ranked = sorted(able[subject], key=lambda replica: _rank(subject, replica))
        most = share[kind] + (over[kind] > 0)
        chosen = next((each for each in ranked if load[kind, each] < most), ranked[0])
        over[kind] -= load[kind, chosen] == share[kind]
        load[kind, chosen] += 1
        watched[subject] = chosen
    return watched


def differing(replicas: Iterable[Replica]) -> list[Replica]:
    """Return those whose configuration is another one than most have; of two, the older ones.

    Only those of the same version are compared: another one knows other keys.
    """
    several = sorted(replicas, key=lambda each: (each.started_at, each.id))
    usual = {}
    for version in {each.version for each in several}:
        counts = Counter(each.config for each in reversed(several) if each.version == version)
        usual[version] = counts.most_common(1)[0][0]
    return [each for each in several if each.config != usual[each.version]]


def _kind(subject: str) -> str:
    return subject.partition(" ")[0]


def _rank(subject: str, replica: str) -> bytes:
    return blake2b(f"{subject}\n{replica}".encode(), digest_size=8).digest()
