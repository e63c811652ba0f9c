# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from simlingo_core.files import write_atomically


@pytest.mark.parametrize('content', ['gr\u00fc\u00df dich', b'\x00\xff'])
def test_the_content_comes_back_and_nothing_else_is_left(tmp_path, content):
    path = tmp_path / 'new' / 'a.json'
    for _ in range(2):
        write_atomically(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'a.json'
    write_atomically(path, 'old')

    def fail(_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', fail)
    with pytest.raises(OSError, match='No space left'):
        write_atomically(path, 'new and longer')
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]
