from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eegtune.execution import file_system
from eegtune.execution.file_system import NetworkFolderError, kind_of_file_system
from eegtune.execution.run import run_experiment

MOUNTS = r"""
21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 21 0:40 / /home rw,relatime shared:1 - nfs4 server:/home rw,vers=4.2
31 30 8:1 / /home/ada/local rw - xfs /dev/sdb1 rw
32 21 0:41 / /mnt/my\040share rw master:2 propagate_from:1 - cifs //server/share rw
33 21 0:42 / /data rw - fuse.s3fs s3fs rw
34 21 0:43 / /over rw - ext4 /dev/sdc rw
35 34 0:44 / /over rw - lustre mgs@tcp:/fs rw
36 21 0:45 / /windows rw - fuseblk /dev/sdd rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/runs/a", "ext4"),
        ("/home", "nfs4"),
        ("/home/ada/runs/a", "nfs4"),
        ("/home/ada/local/runs/a", "xfs"),
        ("/homework", "ext4"),
        ("/mnt/my share/a", "cifs"),
        ("/data/a", "fuse.s3fs"),
        ("/over/a", "lustre"),
        ("/windows/a", "fuseblk"),
    ],
)
def test_the_innermost_mount_counts(path: str, kind: str) -> None:
    assert kind_of_file_system(Path(path), MOUNTS) == kind


def test_no_table_no_answer() -> None:
    assert kind_of_file_system(Path("/a"), "") == ""


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "ceph", "lustre", "fuse.sshfs"])
def test_a_run_on_a_network_file_system_is_refused(
    make_experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"21 1 254:0 / / rw - ext4 /dev/vda rw\n30 21 0:1 / {tmp_path} rw - {kind} s rw"
    )
    monkeypatch.setattr(file_system, "_MOUNTS", mounts)
    with pytest.raises(NetworkFolderError, match=f"\\({kind}\\).*--dir") as error:
        run_experiment(make_experiment(), tmp_path / "run")
    assert str(tmp_path / "run") in str(error.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("kind", ["ext4", "overlay", "tmpfs", "fuseblk", "fuse.fuse-overlayfs"])
def test_a_run_on_a_local_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"30 21 0:1 / {tmp_path} rw - {kind} s rw")
    monkeypatch.setattr(file_system, "_MOUNTS", mounts)
    file_system.refuse_network_folder(tmp_path)
