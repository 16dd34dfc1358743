"""Which data files came and went between two snapshots of a table, from its manifests alone."""

from collections.abc import Iterable

from msgspec import Struct
from pyiceberg.manifest import DataFile, ManifestContent, ManifestFile
from pyiceberg.table import Table


class FileChanges(Struct, frozen=True, kw_only=True):
    """Data files that one snapshot has and another has not."""

    added: list[DataFile]
    removed: list[DataFile]


def changes_since(table: Table, snapshot_id: int) -> FileChanges | None:
    """The files that came and went since a snapshot; manifests that both share are not read.

    Returns:
        None where that cannot be told: the snapshot or a file that it had is gone, or rows
        are deleted by delete files.
    """
    before, after = table.snapshot_by_id(snapshot_id), table.current_snapshot()
    if before is None or after is None:
        return None
    had = {manifest.manifest_path: manifest for manifest in before.manifests(table.io)}
    has = {manifest.manifest_path: manifest for manifest in after.manifests(table.io)}
    if any(manifest.content == ManifestContent.DELETES for manifest in (*had.values(), *has.values())):
        return None
    old = _files(table, (had[path] for path in had.keys() - has.keys()))
    new = _files(table, (has[path] for path in has.keys() - had.keys()))
    removed = [old[path] for path in sorted(old.keys() - new.keys())]
    if not all(table.io.new_input(file.file_path).exists() for file in removed):
        return None
    return FileChanges(added=[new[path] for path in sorted(new.keys() - old.keys())], removed=removed)


def _files(table: Table, manifests: Iterable[ManifestFile]) -> dict[str, DataFile]:
    return {
        entry.data_file.file_path: entry.data_file
        for manifest in manifests
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    }
