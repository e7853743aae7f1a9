"""Debian's chromium, headless, driven by selenium: started by the test that asks, ended with it.

Any page that is to work from disk alone can be looked at with `Browser`: what it asked of the network, what it
said on the console, and how it looks. Nothing is downloaded; without a browser or a driver the tests are skipped.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--hide-scrollbars",
    "--disable-ipc-flooding-protection",  # a test goes to 300 places in a second
)


class Browser:
    """One page in one window."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def go(self, address: str) -> None:
        self.driver.get(address)

    def open(self, page: Path, width: int = 1400, height: int = 900, scheme: str = "light") -> None:
        """Load a page from disk; what was said and asked before is forgotten."""
        self.resize(width, height)
        self.prefer(scheme)
        self.requests()
        self.complaints()
        self.go(page.resolve().as_uri())

    def resize(self, width: int, height: int) -> None:
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def prefer(self, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.tell("Emulation.setEmulatedMedia", media="", features=features)

    def tell(self, command: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, arguments)

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return self.run(f"return {expression}")

    def run(self, script: str) -> Any:
        """The value that a script returns."""
        return self.driver.execute_script(script)

    def wait(self, expression: str) -> None:
        """Until an expression is true; five seconds at most."""
        end = time.monotonic() + 5
        while not self.ask(expression):
            assert time.monotonic() < end, f"still not: {expression}"
            time.sleep(0.05)

    def press(self, *keys: str) -> None:
        """Type as a person does; \\ue007 is Enter, \\ue015 the arrow down."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def requests(self) -> list[str]:
        """Everything that was asked for since it was last asked."""
        messages = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [str(one["request"]["url"]) for one in sent]

    def complaints(self) -> list[str]:
        """What stands on the console since it was last read."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def shoot(self, path: Path) -> None:
        """The visible part of the page as PNG."""
        found = self.tell("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(found["data"]))


def why_not() -> str:
    """Why no browser can be driven here; '' when one can."""
    if find_spec("selenium") is None:
        return "selenium is not installed"
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        return "no chromium with its driver here: apt-get install chromium chromium-driver"
    return ""


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile in `profile`. Skips the test where there is none."""
    if why_not():
        pytest.skip(why_not())
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    window = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        window.set_page_load_timeout(120)
        yield Browser(window)
    finally:
        window.quit()
