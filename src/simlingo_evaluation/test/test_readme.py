# SPDX-License-Identifier: Apache-2.0
"""The example of the package's page runs."""

import re
from pathlib import Path


def test_the_example_drives(capsys):
    page = (Path(__file__).parents[1] / 'README.md').read_text()
    (example,) = re.findall(r'```python\n(.*?)```', page, re.DOTALL)
    exec(compile(example, 'README.md', 'exec'), {})
    assert capsys.readouterr().out.startswith('Failed ')
