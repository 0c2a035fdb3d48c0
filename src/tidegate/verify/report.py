"""A report in words, and as JSON."""

from collections.abc import Iterator
from typing import Any

from tidegate.verify.check import Report
from tidegate.verify.findings import Rule

SHOWN = 20
"""Findings that are told in words; all that are kept are in the JSON."""


def to_json(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    findings, end = report.findings, report.end
    return {
        "journal": report.name,
        "clean": report.clean,
        "status": report.status,
        "end": {
            "ending": end.ending.value, "offset": end.offset, "record": end.record, "barrier": end.barrier,
            "why": end.why,
        },
        "records": report.records,
        "barriers": report.barriers,
        "checked": {rule.value: times for rule, times in findings.checked.items()},
        "unchecked": dict(findings.unchecked),
        "findings": findings.count,
        "found": [
            {
                "rule": one.rule.value, "record": one.record, "barrier": one.barrier,
                "phase": None if one.phase is None else one.phase.name, "message": one.message,
                "found": one.found, "expected": one.expected,
            }
            for one in findings.found
        ],
    }  # fmt: skip


def in_words(report: Report) -> Iterator[str]:
    """The report, line by line."""
    findings = report.findings
    yield f"Journal  {report.name}: {report.status}, {report.barriers:,} barriers, {report.records:,} records"
    yield ""
    yield "Checked"
    times = {rule: f"{count:,}" for rule, count in findings.checked.items()}
    width = max(map(len, times.values()))
    for rule in Rule:
        yield f"  {rule.value:<10}  {times[rule]:>{width}}  {rule.sentence}"
    if findings.unchecked:
        yield ""
        yield "Not checked"
        yield from (f"  {count:,} times: {why}" for why, count in findings.unchecked.items())
    yield ""
    if report.clean:
        yield "No findings"
        return
    yield f"Findings  {findings.count:,}"
    yield from (f"  {one}" for one in findings.found[:SHOWN])
    if findings.count > SHOWN:
        yield f"  and {findings.count - min(SHOWN, len(findings.found)):,} more"
