"""The committed kernel is what its C source gives, wherever it is built."""

import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
KERNEL = pathlib.Path("scheduler/core/pairing/kernel")


def test_kernel_is_what_its_source_gives_in_any_folder(tmp_path):
    shutil.copytree(ROOT / KERNEL, tmp_path / KERNEL, ignore=lambda _, names: [name for name in names if not name.endswith((".c", ".h"))])
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")

    # `-o tools`: what the build needs is there, or this test would not run.
    subprocess.run(["make", "-o", "tools", "kernel"], cwd=tmp_path, check=True)

    assert (tmp_path / KERNEL / "kernel.wasm").read_bytes() == (ROOT / KERNEL / "kernel.wasm").read_bytes()
