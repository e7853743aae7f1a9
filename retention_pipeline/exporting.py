"""A published audience -> the file that an advertising platform takes.

Room:  tell. Imports engine, erasure.requests, errors, quoting. Writes one file.
In:    the published database.  Out: a CSV file of hashes, readable by its owner only.

Formats as the platforms document them: Google Customer Match wants the headers Email and Phone,
Meta email and phone; both take SHA-256 hashes, one user a line.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.erasure.requests import write_private
from retention_pipeline.errors import CommandError, EngineError, Location, did_you_mean
from retention_pipeline.quoting import literal

PLATFORMS = ("google", "meta", "csv")
_HEADERS = {"google": ("Email", "Phone"), "meta": ("email", "phone")}
# Our own file has the numbers as Google wants them: E.164 is the form that others take too.
_PLAIN = ("audience", "identifier_type", "identifier_sha256")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and who was left out by which reason."""

    path: Path
    audience: str
    platform: str
    rows: int
    customers: int
    exported: int
    without_consent: int
    erasure_asked: int
    without_identifier: int
    as_of: str


def export_file(engine: Engine, path: Path, audience: str, platform: str, out: Path) -> Exported:
    """Write the file in one step. Raises CommandError for an unknown audience or a place that is no file."""
    rules = "meta" if platform == "meta" else "google"
    try:
        sizes = engine.query(
            "select audience, customers, exported_customers, without_consent_customers,"
            " erasure_asked_customers, without_identifier_customers"
            f" from marts.audience_sizes where platform = {literal(rules)} order by audience"
        )
        rows = engine.query(
            "select identifier_type, identifier from marts.audience_export"
            f" where audience = {literal(audience)} and platform = {literal(rules)} order by 1, 2"
        )
        as_of = str(engine.query("select as_of from marts.build_info")[0][0])
    except EngineFault as fault:
        raise EngineError(
            f"cannot read the audiences: {fault.message}", at=Location(path), fix="pipeline build"
        ) from None
    found = {str(row[0]): [int(n) for n in row[1:]] for row in sizes}
    if audience not in found:
        names = ", ".join(found)
        near = did_you_mean(audience, found)
        raise CommandError(
            f"no audience '{audience}'",
            fix=f"{near} There are: {names}" if near else f"there are: {names}",
        )
    _write(out, _text(platform, audience, [(str(kind), str(value)) for kind, value in rows]))
    customers, exported, *left_out = found[audience]
    no_consent, asked, no_identifier = left_out
    return Exported(
        out,
        audience,
        platform,
        len(rows),
        customers,
        exported,
        no_consent,
        asked,
        no_identifier,
        as_of,
    )


def _text(platform: str, audience: str, rows: list[tuple[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if platform == "csv":
        writer.writerow(_PLAIN)
        writer.writerows((audience, kind, value) for kind, value in rows)
    else:
        writer.writerow(_HEADERS[platform])
        writer.writerows((value, "") if kind == "email" else ("", value) for kind, value in rows)
    return text.getvalue()


def _write(out: Path, text: str) -> None:
    if out.name in ("", "-") or (out.exists() and not out.is_file()) or out.is_symlink():
        raise CommandError(
            f"--out '{out}' is no place for a file",
            fix="name a file: hashes of people are never printed, nor written through a link",
        )
    if not out.parent.is_dir():
        raise CommandError(f"--out: there is no folder '{out.parent}'", fix="make it first")
    try:
        write_private(out, text)
    except OSError as error:
        raise EngineError(f"cannot write: {error.strerror}", at=Location(out)) from None
