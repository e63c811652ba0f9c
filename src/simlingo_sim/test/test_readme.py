# SPDX-License-Identifier: Apache-2.0
"""The example of the package's README runs."""

import re
from pathlib import Path


def test_the_example_drives(capsys):
    readme = (Path(__file__).parents[1] / 'README.md').read_text(encoding='utf-8')
    (example,) = re.findall(r'```python\n(.*?)```', readme, re.DOTALL)
    exec(compile(example, 'README.md', 'exec'), {})
    (driven_m,) = re.findall(r'^([\d.]+) m of \d+ m in 5 s$', capsys.readouterr().out)
    assert float(driven_m) > 10.0
