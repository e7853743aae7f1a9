"""Results -> JUnit XML, which CI systems show.

Room:  tell. Imports events.
In:    Results.  Out: the text of one document: a suite for each kind of step, a case for each step.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from retention_pipeline.events import Results, Status, StepResult

# What XML 1.0 cannot hold.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Results) -> str:
    """The whole document."""
    top = Xml.Element(
        "testsuites", {"name": f"pipeline {results.command}"} | _counts(results.steps)
    )
    top.set("time", f"{results.seconds:.3f}")
    for kind in dict.fromkeys(step.kind for step in results.steps):
        steps = tuple(step for step in results.steps if step.kind == kind)
        suite = Xml.SubElement(top, "testsuite", {"name": f"{kind}s"} | _counts(steps))
        suite.set("time", f"{sum(step.seconds for step in steps):.3f}")
        for step in steps:
            _case(suite, step)
    Xml.indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(top, "unicode") + "\n"


def _counts(steps: tuple[StepResult, ...]) -> dict[str, str]:
    found = {"tests": len(steps), "errors": 0}
    found["failures"] = sum(step.status is Status.FAILED for step in steps)
    found["skipped"] = sum(step.status is Status.SKIPPED for step in steps)
    return {name: str(count) for name, count in found.items()}


def _case(suite: Xml.Element, step: StepResult) -> None:
    where = {} if step.at is None else {"file": _clean(str(step.at.path))}
    if step.at is not None and step.at.line is not None:
        where["line"] = str(step.at.line)
    names = {"name": _clean(step.name), "classname": _clean(step.unique_id.rpartition(".")[0])}
    case = Xml.SubElement(suite, "testcase", names | {"time": f"{step.seconds:.3f}"} | where)
    message = _clean(step.message)
    if step.status is Status.FAILED:
        inner = Xml.SubElement(case, "failure", message=message, type=step.kind)
        inner.text = _clean(
            "\n".join(filter(None, [str(step.at or ""), step.message, step.detail]))
        )
    elif step.status is Status.SKIPPED:
        Xml.SubElement(case, "skipped", message=message)
    elif step.status is Status.WARN:
        text = _clean("\n".join(filter(None, [step.message, step.detail])))
        Xml.SubElement(case, "system-out").text = f"warning: {text}"


def _clean(text: str) -> str:
    return _UNSPEAKABLE.sub("\ufffd", text)
