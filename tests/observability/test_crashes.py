"""What nobody catches ends in the log, and there without its secrets."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

from tests.timeout import TIMEOUT_SECONDS

SECRET = "fake-secret-0001"


def lines_of(code: str) -> tuple[int, list[dict[str, str]]]:
    """Run code in a process that logs as the daemon does; return its exit status and its lines."""
    program = f"""
        import threading, warnings
        from batchbell.observability import logs
        from batchbell.observability.crashes import install_crash_hooks
        from batchbell.observability.redaction import Redaction
        logs.configure(level="info", form="json", redact=Redaction(["{SECRET}"]))
        install_crash_hooks()
        secret = "fake-secret" + "-0001"
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program) + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert SECRET not in ended.stdout + ended.stderr
    return ended.returncode, [json.loads(line) for line in ended.stderr.splitlines()]


def test_what_ends_the_process_is_one_line_of_the_log() -> None:
    status, (line,) = lines_of("raise ValueError(secret)")
    assert status == 1
    assert (line["level"], line["message"]) == ("critical", "the process crashed; it ends")
    assert line["exception"].endswith("ValueError: ***")


def test_a_thread_that_breaks_down_is_another() -> None:
    code = """
        def work(): raise ValueError(secret)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        leaving = threading.Thread(target=lambda: exit(3))
        leaving.start()
        leaving.join()
    """
    status, (line,) = lines_of(code)
    assert status == 0
    assert line["message"] == "a thread crashed; the others go on"
    assert line["exception"].endswith("ValueError: ***")


def test_so_is_what_no_caller_can_catch() -> None:
    code = """
        class Thing:
            def __del__(self): raise ValueError(secret)
        Thing()
    """
    _, (line,) = lines_of(code)
    assert line["message"] == "a finalizer crashed; the rest goes on"
    assert line["exception"].endswith("ValueError: ***")


def test_a_warning_of_python_is_a_line_too() -> None:
    _, (line,) = lines_of("warnings.warn(f'{secret} is old')")
    assert (line["level"], line["logger"]) == ("warning", "py.warnings")
    assert "*** is old" in line["message"]
