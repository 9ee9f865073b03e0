from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from batchbell.runtime.process import LOOK_UPS, RunLoop
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    import pytest


def test_names_whose_look_up_hangs_keep_no_other_work_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()

    def hang(*_: object, **_hints: object) -> list[object]:
        released.wait(2 * TIMEOUT_SECONDS)
        return []

    async def work_beside_look_ups() -> str:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        look_ups = [
            asyncio.create_task(loop.getaddrinfo("hangs.invalid", 443)) for _ in range(2 * LOOK_UPS)
        ]
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(asyncio.to_thread(lambda: "done"), TIMEOUT_SECONDS)
        finally:
            released.set()
            await asyncio.gather(*look_ups)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with asyncio.Runner(loop_factory=RunLoop) as runner:
        assert runner.run(work_beside_look_ups()) == "done"
