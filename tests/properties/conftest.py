"""How many random shops: 2 a test, the same ones each time; 300 new ones with `-m slow`.

Only the slow run makes a failing shop smaller, for that takes minutes.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

SLOW_BY_NATURE = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile(
    "quick",
    max_examples=2,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=SLOW_BY_NATURE,
)
settings.register_profile(
    "slow", max_examples=300, deadline=None, suppress_health_check=SLOW_BY_NATURE
)


def is_slow_run(config: pytest.Config) -> bool:
    return bool(config.getoption("markexpr") == "slow")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("slow" if is_slow_run(config) else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the slow run the same tests are the slow ones."""
    for item in items:
        if is_slow_run(config) and item.path.parent.name == "properties":
            item.add_marker(pytest.mark.slow)
