"""The folder a run leaves.

Every file is written under a temporary name beside its place and renamed, the manifest last. Until then the manifest
says `running`, and `read` refuses the folder; so nobody takes half a run for a whole one.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from tidegate.core.enums import RunStatus
from tidegate.core.errors import DataError, KernelBug, UserError
from tidegate.data.files import write_table, write_whole
from tidegate.results.digest import digest
from tidegate.results.manifest import FORMAT, versions
from tidegate.results.record import SCHEMA, RunRecord
from tidegate.results.result import Result

MANIFEST = "manifest.json"
JOURNAL = "journal.tgj"
_RECORD_FIELDS = (
    "initial_cash_micros",
    "currency",
    "fill",
    "periods_per_year",
    "counts",
    "timings",
    "error",
    "barriers",
    "digest",
)


class RunFolder:
    """One run's folder, from its start to its sealing; made by `create`.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: str | Path) -> "RunFolder":
        """Makes the folder, and its parents, with a manifest that says `running`.

        Raises:
            UserError: it exists and holds something, or it cannot be made.
        """
        folder = cls(Path(path))
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            if any(folder.path.iterdir()):
                raise UserError(f"run folder '{path}' is not empty: name a new one, or delete it first")
        except OSError as error:
            raise UserError(
                f"run folder '{path}' cannot be made ({error.strerror or error}): name another place"
            ) from error
        folder._write_json(MANIFEST, {"format": FORMAT, "status": RunStatus.RUNNING.value, "versions": versions()})
        return folder

    @classmethod
    def reopen(cls, path: str | Path) -> "RunFolder":
        """The folder of a run that was killed, to go on with it.

        Raises:
            DataError: it is no run folder, or the run has been sealed.
        """
        folder = cls(Path(path))
        status = manifest_of(folder.path).get("status")
        if status != RunStatus.RUNNING:
            raise DataError(f"{path}: the run is {status}: there is nothing to go on with")
        return folder

    def seal(self, result: Result, config_yaml: str, *, report: bool = True) -> Path:
        """Writes everything that was recorded, and the manifest last; gives `result` its path and manifest.

        Args:
            result: of a run that ended, however it ended.
            config_yaml: the configuration as it can be run again.
            report: whether to write `report.html`.
        Raises:
            KernelBug: the result says that the run is still running.
            OSError: a file cannot be written; names it.
        """
        if result.status is RunStatus.RUNNING:
            raise KernelBug("a run that still runs cannot be sealed")
        for table in SCHEMA:
            write_table(getattr(result, table), self.path / f"{table}.parquet")
        self._write_json("metrics.json", result.metrics)
        write_whole(self.path / "config.yaml", lambda path: path.write_text(config_yaml, encoding="utf-8"))
        if report:
            write_whole(self.path / "report.html", result.report)
        result.manifest = {key: value for key, value in result.manifest.items() if key != "files"} | {
            "files": self._files()
        }
        self._write_json(MANIFEST, result.manifest)
        result.path = self.path
        return self.path

    def _files(self) -> dict[str, dict[str, Any]]:
        """Size and SHA-256 of every file but the manifest, by name."""
        found = {}
        for path in sorted(self.path.iterdir()):
            if path.is_file() and path.name != MANIFEST:
                content = path.read_bytes()
                found[path.name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        return found

    def _write_json(self, name: str, value: object) -> None:
        text = json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        write_whole(self.path / name, lambda path: path.write_text(text, encoding="utf-8"))


def read(path: str | Path) -> Result:
    """The result that a sealed run folder holds: tables, metrics and digest equal to those of the run.

    Raises:
        DataError: not a run folder, not sealed, of an unknown format, a table lacks something or was changed.
    """
    folder = Path(path)
    manifest = _read_manifest(folder)
    try:
        record = _read_record(folder, manifest)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError(f"{folder / MANIFEST}: a key is absent or has no such value: {error}") from error
    if digest(record) != record.digest:
        raise DataError(f"{folder}: the tables' digest is not the manifest's: a file was changed after the run")
    result = Result(record, config=manifest["config"], data=manifest["data"], path=folder, journal=manifest["journal"])
    result.manifest = manifest
    return result


def _read_record(folder: Path, manifest: dict[str, Any]) -> RunRecord:
    assets = tuple(manifest["assets"])
    return RunRecord(
        assets=assets,
        senders={int(number): name for number, name in manifest["senders"].items()},
        tables=_read_tables(folder, assets),
        status=RunStatus(manifest["status"]),
        **{name: manifest[name] for name in _RECORD_FIELDS},
    )


def _read_manifest(folder: Path) -> dict[str, Any]:
    manifest = manifest_of(folder)
    if manifest.get("status") == RunStatus.RUNNING:
        raise DataError(f"{folder}: the run was not sealed: it still runs, or it was killed; run it again")
    return manifest


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder, whatever has become of the run.

    Raises:
        DataError: there is none that can be read.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{folder}: no readable {MANIFEST}: name the folder that a run left") from error
    except ValueError as error:
        raise DataError(f"{folder / MANIFEST}: not JSON ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(f"{folder / MANIFEST}: format is not '{FORMAT}': read it with the version that wrote it")
    return manifest


def _read_tables(folder: Path, assets: tuple[str, ...]) -> dict[str, Any]:
    import polars as pl  # keeps Polars out of `import tidegate`

    from tidegate.results.tables import raw_table

    tables, problems = {}, []
    for table in SCHEMA:
        path = folder / f"{table}.parquet"
        try:
            tables[table] = raw_table(table, pl.read_parquet(path), assets)
        except (OSError, KeyError, pl.exceptions.PolarsError) as error:
            problems.append(f"{path}: {str(error).strip().splitlines()[0] if str(error) else type(error).__name__}")
    if problems:
        raise DataError(*problems)
    return tables
