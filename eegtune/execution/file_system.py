"""Refuse a run's folder on a network file system, where a database in WAL mode is not safe.

SQLite's log has an index in memory that processes share, and needs locks that hold; neither is
there across a network (https://sqlite.org/wal.html). A run there would seem to work and lose
trials one day.
"""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "orangefs", "pvfs2", "smb2", "smb3", "smbfs",
})  # fmt: skip
# Behind FUSE there may be a local disk (ntfs, overlays) or a bucket.
_NETWORK_FUSE = re.compile(
    r"fuse\.(.*s3.*|blobfuse.*|ceph.*|cvmfs.*|dav.*|gcsfuse|gluster.*|goofys|juicefs.*|rclone.*|"
    r"sshfs.*|JuiceFS.*)"
)


class NetworkFolderError(ValueError):
    """A run's folder is on a network file system."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(
            f"{folder} is on a network file system ({kind}), where a run's database is not safe: "
            "several machines share its files, but not its locks. Give --dir a folder on a local "
            "disk, and copy it when the run is done"
        )


def refuse_network_folder(folder: Path) -> None:
    """Raise where a folder, which need not exist, is on a network file system.

    Raises:
        NetworkFolderError: It is.
    """
    try:
        mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:  # not Linux
        return
    kind = kind_of_file_system(folder.resolve(), mounts)
    if kind in _NETWORK or _NETWORK_FUSE.fullmatch(kind):
        raise NetworkFolderError(folder, kind)


def kind_of_file_system(path: Path, mounts: str) -> str:
    """Return the type of the file system that an absolute path is on; empty where unknown.

    Args:
        path: The path, without symbolic links.
        mounts: The system's table of mounts (/proc/self/mountinfo).
    """
    found, kind = -1, ""
    for line in mounts.splitlines():
        words = line.split()
        if len(words) < 5 or "-" not in words[5:]:
            continue
        point = Path(_unescaped(words[4]))
        # Of two mounts at one point, the later one lies on top.
        if path.is_relative_to(point) and len(point.parts) >= found:
            found, kind = len(point.parts), words[words.index("-", 5) + 1]
    return kind


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
