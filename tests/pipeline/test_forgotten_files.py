"""Files that no row names are removed once they are old; all others stay."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from shiming.audit.work import Workspace
from shiming.pipeline import sweep
from shiming.pipeline.steps import read
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings
from shiming.registration import store
from tests.faults.server import PaperVision
from tests.pipeline.test_steps import Case, case, submitted

__all__ = ["case", "submitted"]


def files(settings: Settings) -> dict[str, Path]:
    return {path.name: path for path in (settings.data / "files").rglob("*") if path.is_file()}


def aged(settings: Settings, clock: FixedClock, age: timedelta) -> None:
    """Files get their time from the disk; here it goes by the clock of the test."""
    moment = (clock.now() - age).timestamp()
    for path in files(settings).values():
        os.utime(path, (moment, moment))


def forget_one(workspace: Workspace) -> None:
    """A file whose transaction is rolled back."""

    def stopped_halfway() -> None:
        with workspace.write() as work:
            key_id = work.vault.new_key(work.conn, work.issuer, "evidence")
            work.vault.put_file(work.conn, key_id, issuer=work.issuer, row="r", data=b"a picture")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_halfway()


def test_an_old_file_that_no_row_names_is_removed(submitted: Case, settings: Settings, clock: FixedClock) -> None:
    named = set(files(settings))
    assert len(named) == 3
    forget_one(submitted.workspace)
    assert len(files(settings)) == 4
    aged(settings, clock, timedelta(hours=2))
    assert sweep.forgotten_files(submitted.workspace) == 1
    assert set(files(settings)) == named
    assert sweep.forgotten_files(submitted.workspace) == 0


def test_a_young_file_is_left_alone_since_its_row_may_be_to_come(
    workspace: Workspace, settings: Settings, clock: FixedClock
) -> None:
    forget_one(workspace)
    aged(settings, clock, timedelta(minutes=59))
    assert sweep.forgotten_files(workspace) == 0
    clock.advance(timedelta(minutes=2))
    assert sweep.forgotten_files(workspace) == 1
    assert files(settings) == {}


def test_a_file_whose_removal_a_crash_prevented_is_removed_later(
    submitted: Case, settings: Settings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = submitted.workspace
    with workspace.read() as work:
        item = store.evidence(work, submitted.id)[0]
    with monkeypatch.context() as patch:
        patch.setattr(type(workspace.vault), "delete_file", lambda vault, file_id: None)
        read(workspace, item.id, PaperVision())
    assert item.file_id in files(settings), "expected the file as handed in beside the normalised one"
    aged(settings, clock, timedelta(hours=2))
    assert sweep.forgotten_files(workspace) == 1
    assert item.file_id not in files(settings)
    with workspace.read() as work:
        assert store.picture(work, item.id).startswith(b"\xff\xd8\xff")
