"""Chromium, headless, driven by its own driver over HTTP: no library between.

In:    Debian's chromium and chromium-driver.  Out: Browser: go, run a script, keys, screenshots, what
       was asked of the network and what the console said.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def why_not() -> str:
    """Why there is no browser here; '' when there is one."""
    if _program() is None or shutil.which("chromedriver") is None:
        return "chromium is not installed (apt-get install chromium chromium-driver)"
    return ""


def _program() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


@dataclass
class Browser:
    """One window."""

    address: str
    session: str = ""

    def _call(self, method: str, path: str, body: object | None = None) -> Any:
        text = None if body is None else json.dumps(body).encode()
        where = f"{self.address}/session{'/' + self.session if self.session else ''}{path}"
        request = urllib.request.Request(
            where, text, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.loads(error.read())["value"]["message"]) from None

    def open(self, profile: Path, *, dark: bool, width: int, height: int) -> None:
        """Start the window with an empty profile."""
        arguments = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        if dark:
            arguments.append("--force-dark-mode")
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": _program(), "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self._call("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.session = str(answer["sessionId"])

    def close(self) -> None:
        with contextlib.suppress(AssertionError, OSError):
            self._call("DELETE", "")

    def tell(self, command: str, **parameters: object) -> Any:
        """A command of the browser's own protocol."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, address: str) -> None:
        self._call("POST", "/url", {"url": address})

    def run(self, script: str, *arguments: object) -> Any:
        """The value that a script returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str) -> None:
        """Until a script returns something true; five seconds at most."""
        end = time.monotonic() + 5
        while not self.run(script):
            assert time.monotonic() < end, f"still not: {script}"
            time.sleep(0.05)

    def keys(self, text: str) -> None:
        """Type as a person does; \\ue007 is Enter, \\ue015 the arrow down."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._call(
            "POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": actions}]}
        )

    def size(self, width: int, height: int, *, is_phone: bool = False) -> None:
        """The size of the page itself, smaller than a window may be."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )

    def dark(self, is_dark: bool) -> None:
        """What the system asks for."""
        value = "dark" if is_dark else "light"
        self.tell(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": value}],
        )

    def picture(self, path: Path) -> Path:
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))
        return path

    def complaints(self) -> list[str]:
        """What the console said: errors and warnings."""
        found = self._call("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in found if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self) -> list[str]:
        """Every address that was asked for."""
        found = []
        for entry in self._call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(str(message["params"]["request"]["url"]))
        return found


@contextlib.contextmanager
def browser(*, dark: bool = False, width: int = 1280, height: int = 900) -> Iterator[Browser]:
    """Started, and ended with everything that it started."""
    profile = Path(tempfile.mkdtemp(prefix="pipeline-browser-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    window = Browser(f"http://127.0.0.1:{port}")
    try:
        _await(window)
        window.open(profile, dark=dark, width=width, height=height)
        yield window
    finally:
        if window.session:
            window.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(driver.pid, signal.SIGTERM)
        driver.wait(timeout=10)
        shutil.rmtree(profile, ignore_errors=True)


def _await(window: Browser) -> None:
    end = time.monotonic() + 15
    while True:
        try:
            with urllib.request.urlopen(f"{window.address}/status", timeout=5) as answer:
                if json.loads(answer.read())["value"]["ready"]:
                    return
        except OSError:
            assert time.monotonic() < end, "chromedriver does not answer"
        time.sleep(0.1)
