# SPDX-License-Identifier: Apache-2.0
"""``make docs`` builds the site, strictly, and no page of it loads anything from another host."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_site_is_built_and_needs_no_network():
    built = subprocess.run(['make', 'docs'], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    pages = sorted((ROOT / 'out' / 'site').rglob('*.html'))
    assert {'index.html', 'architecture.html', 'simlingo_core.html'} <= {p.name for p in pages}
    loads = {
        found
        for page in pages
        for found in re.findall(
            r'<(?:script|link|img|iframe)\b[^>]*"https?://[^"]+', page.read_text()
        )
        if 'rel="canonical"' not in found
    }
    assert loads == set()
