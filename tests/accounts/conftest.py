"""What the account tests share."""

import pytest

from shiming.platform import outbox


@pytest.fixture
def sent(workspace):
    """Gives the payloads of all messages posted so far, oldest first."""

    def read():
        with workspace.read() as work:
            return [work.read_post(row) for row in outbox.due(work.conn, work.now, 1000)]

    return read
