"""Translations are made once, and again when anything that decides them is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention_pipeline.engines.spark import cache
from retention_pipeline.engines.spark.cache import Translations
from retention_pipeline.engines.spark.translate import Translator
from retention_pipeline.engines.spark.walk import Refused

TABLES = {("raw", "t"): {"a": "integer"}, ("raw", "u"): {"b": "date"}}
SQL = 'select a / 2 as half from "raw"."t"'


def test_a_second_run_translates_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Translations(TABLES, tmp_path / "kept" / "spark.json")
    done = first.translate(SQL)
    first.save()
    monkeypatch.setattr(cache, "Translator", None)  # whoever asks it fails
    again = Translations(TABLES, tmp_path / "kept" / "spark.json")
    assert again.translate(SQL) == done
    assert list((tmp_path / "kept").iterdir()) == [tmp_path / "kept" / "spark.json"]


def test_what_decides_a_translation_is_in_its_key() -> None:
    one = Translations(TABLES)
    keys = {
        one.key(SQL),
        one.key(SQL + " "),
        one.key(SQL, {"half": "double"}),
        Translations({**TABLES, ("raw", "t"): {"a": "date"}}).key(SQL),
    }
    assert len(keys) == 4
    # a relation that the text does not name decides nothing
    assert Translations({**TABLES, ("raw", "wholly_else"): {"c": "date"}}).key(SQL) == one.key(SQL)


def test_a_file_that_cannot_be_read_costs_time_only(tmp_path: Path) -> None:
    path = tmp_path / "spark.json"
    path.write_text("{no json", encoding="utf-8")
    kept = Translations(TABLES, path)
    assert kept.translate(SQL) == Translator(TABLES).translate(SQL)
    kept.save()
    assert path.read_text(encoding="utf-8").startswith('{"')


def test_a_refusal_is_not_kept(tmp_path: Path) -> None:
    kept = Translations(TABLES, tmp_path / "spark.json")
    for _ in range(2):
        with pytest.raises(Refused):
            kept.translate('select gamma(a) as g from "raw"."t"')
    kept.save()
    assert not (tmp_path / "spark.json").exists()
