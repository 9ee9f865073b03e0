"""The folder that everything is written into: pictures, the texts beside them, and an index."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docs.pictures.browser import View, shoot, window

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import ExitStack
    from pathlib import Path

    from playwright.sync_api import Browser, Page

#: Characters of a file's name that say what a message is about.
NAME_CHARS = 60
#: What stands behind the name of what a file shows.
_SIZE = re.compile(r"(-(80|100|120|390|640|1280))?(-dark)?\.(png|txt)$")
#: What takes longer to be shown, on any machine, has hung, seconds.
LONGEST_SECONDS = 120.0


@dataclass(slots=True)
class Album:
    """Takes pictures, and knows what was taken."""

    folder: Path
    browser: Browser
    #: Closes the windows.
    until_the_end: ExitStack
    #: What is wanted; all else is left out.
    chapters: Collection[str]
    #: Chapter, name and what it shows, in the order of taking.
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    _windows: dict[View, Page] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def name(self, chapter: str, *words: str) -> str:
        """Return a new name for files that show this."""
        slug = (
            re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")[:NAME_CHARS].strip("-")
        )
        name, count = slug, 1
        while f"{chapter}/{name}" in self._names:
            count += 1
            name = f"{slug}-{count}"
        self._names.add(f"{chapter}/{name}")
        return name

    def write(self, chapter: str, name: str, text: str, shows: str) -> None:
        """Write a text."""
        if chapter not in self.chapters:
            return
        self._path(chapter, f"{name}.txt").write_text(text, encoding="utf-8")
        self.taken.append((chapter, f"{name}.txt", shows))

    def take(self, chapter: str, name: str, page: str, view: View) -> None:
        """Take a picture of a page, given as HTML."""
        if chapter not in self.chapters:
            return
        source = self.folder / "page.html"
        source.write_text(page, encoding="utf-8")
        self.visit(chapter, name, source.as_uri(), view)
        source.unlink()

    def visit(
        self, chapter: str, name: str, url: str, view: View, *, wait_for: str = "body"
    ) -> None:
        """Take a picture of what is at an address."""
        if chapter not in self.chapters:
            return
        path = self._path(chapter, f"{name}.png")
        is_whole = view.height is None
        shoot(self._window(view), url, path, is_whole=is_whole, wait_for=wait_for)
        self.taken.append((chapter, f"{name}.png", ""))

    def index(self, introduction: str) -> None:
        """Write what there is."""
        lines = [introduction]
        chapters: dict[str, dict[str, tuple[list[str], str]]] = {}
        for chapter, file, shows in self.taken:
            stem = _SIZE.sub("", file)
            files, said = chapters.setdefault(chapter, {}).setdefault(stem, ([], ""))
            files.append(file)
            chapters[chapter][stem] = (files, said or shows)
        for chapter, entries in chapters.items():
            lines += ["", f"## {chapter}", ""]
            for files, shows in entries.values():
                links = ", ".join(f"[{file}]({chapter}/{file})" for file in files)
                lines.append(f"- {shows}: {links}" if shows else f"- {links}")
        (self.folder / "INDEX.md").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _window(self, view: View) -> Page:
        if view not in self._windows:
            page = self.until_the_end.enter_context(window(self.browser, view))
            page.set_default_timeout(LONGEST_SECONDS * 1000)
            self._windows[view] = page
        return self._windows[view]

    def _path(self, chapter: str, file: str) -> Path:
        path = self.folder / chapter / file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
