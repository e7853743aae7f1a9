"""The report in a real browser, from disk: no request, no complaint, and everything works by hand and by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, browser

pytest.importorskip("vl_convert", reason="the extra `report` is not installed")

_RGB = "getComputedStyle(document.body).backgroundColor"
_WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def report(
    window: Browser, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The page of everything, in a folder of its own. Drawn only where there is a browser."""
    text: str = request.getfixturevalue("text")
    page = tmp_path_factory.mktemp("page") / "report.html"
    page.write_text(text, encoding="utf-8")
    return page


def test_it_asks_for_nothing_and_complains_of_nothing(window: Browser, report: Path) -> None:
    window.open(report)
    window.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    window.ask("scrollTo(0, document.body.scrollHeight)")
    asked = [url for url in window.requests() if not url.startswith(("data:", "chrome:"))]
    assert asked == [report.resolve().as_uri()]
    assert window.complaints() == []


def test_tables_sort_by_value_and_what_has_none_stays_last(window: Browser, report: Path) -> None:
    window.open(report)
    table = "document.querySelector('table[data-name=\"mrr-movements-reporting-usd\"]')"
    window.ask(f"{table}.closest('details').open = true")
    head = f"{table}.tHead.rows[0].cells"
    months = f"[...{table}.tBodies[0].rows].map((row) => row.cells[0].dataset.v.slice(5, 7))"
    churn, ratio = 6, 10
    assert window.ask(f"{head}[{churn}].dataset.column") == "churned_mrr"
    window.ask(f"{head}[{churn}].querySelector('button').click()")
    assert window.ask(months) == ["06", "05", "03", "01", "02", "04"]  # 50, 35, 30, 0, 0, 0
    assert window.ask(f"{head}[{churn}].getAttribute('aria-sort')") == "descending"
    window.ask(f"{head}[{churn}].querySelector('button').click()")
    assert window.ask(f"{months}.slice(3)") == ["03", "05", "06"]
    window.ask(f"{head}[{ratio}].querySelector('button').focus()")
    window.press("\ue007")  # Enter
    assert window.ask(f"{months}[0]") == "03"  # the only month with a quick ratio
    assert window.ask(f"{head}[{churn}].getAttribute('aria-sort')") is None


def test_dark_follows_the_system_until_the_reader_decides(window: Browser, report: Path) -> None:
    window.open(report, scheme="dark")
    dark = window.ask(_RGB)
    window.prefer("light")
    light = window.ask(_RGB)
    assert dark != light
    window.ask("document.querySelector('.theme [value=dark]').click()")
    assert window.ask(_RGB) == dark
    assert (
        window.ask("document.querySelector('.theme [value=dark]').getAttribute('aria-pressed')")
        == "true"
    )
    window.driver.refresh()
    assert window.ask(_RGB) == dark
    window.ask("document.querySelector('.theme [value=auto]').click()")
    assert window.ask(_RGB) == light
    window.tell("Emulation.setEmulatedMedia", media="print", features=[])
    assert window.ask("getComputedStyle(document.querySelector('.theme')).display") == "none"


@pytest.mark.parametrize("width", [320, 390, 1080])
def test_no_screen_is_too_narrow(window: Browser, report: Path, width: int) -> None:
    window.open(report, width, 844)
    assert window.ask(_WIDER) is False
    window.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert window.ask(_WIDER) is False
    narrow = window.ask("getComputedStyle(document.querySelector('.chart.narrow')).display")
    assert (narrow == "block") is (width <= 560)
    cut = (
        "[...document.querySelectorAll('.card, .tile')].filter((card) => [...card.children].some("
        "(one) => !one.matches('.scroll') && one.scrollWidth > card.clientWidth + 1)).map((c) => c.id)"
    )
    assert window.ask(cut) == []


def test_it_is_used_by_key(window: Browser, report: Path) -> None:
    window.open(report)
    window.press("\ue004")  # Tab
    assert window.ask("document.activeElement.className") == "skip"
    window.press("\ue007")
    assert window.ask("document.activeElement.id") == "main"
    reached = window.ask(
        "[...document.querySelectorAll('.scroll')].every((one) => one.tabIndex === 0 && one.ariaLabel)"
    )
    assert reached is True


def test_a_cell_says_its_counts_under_the_pointer(window: Browser, report: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By

    window.open(report)
    cell = window.driver.find_element(
        By.CSS_SELECTOR, "table[data-name='retention-order'] tbody tr:nth-child(2) td:nth-child(4)"
    )
    window.driver.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", cell
    )
    for _ in range(5):  # a scroll that comes late takes the tip away, as it should
        ActionChains(window.driver).move_by_offset(2, 2).move_to_element(cell).perform()
        if window.ask("document.getElementById('tip').className") == "on":
            break
        window.driver.execute_async_script("requestAnimationFrame(arguments[0])")
    assert window.ask("document.getElementById('tip').className") == "on"
    assert window.ask("document.getElementById('tip').textContent") == (
        "Feb 2024, month 1: 20 of 41 customers ordered"
    )


def test_text_is_readable_on_its_ground(window: Browser, report: Path) -> None:
    """Contrast of the texts of both themes, at least 4.5 to 1 (WCAG AA)."""
    script = """(() => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      const paint = (colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data];
      };
      const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const low = [];
      for (const one of document.querySelectorAll('main *, .top *, .contents a')) {
        const says = [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!says || !one.checkVisibility() || one.closest('svg, .unseen')) continue;
        const grounds = [];
        for (let at = one; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
        const ground = paint(grounds), ink = paint([...grounds, getComputedStyle(one).color]);
        const [a, b] = [light(ground), light(ink)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        const what = `${one.tagName} ${one.className} ${one.textContent.slice(0, 20)}`;
        if (ratio < 4.5) low.push(`${what} ${ratio.toFixed(2)}`);
      }
      return low;
    })()"""
    for scheme in ("light", "dark"):
        window.open(report, scheme=scheme)
        window.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert window.ask(script) == []
