# SPDX-License-Identifier: Apache-2.0
"""Images of a running page: ``python -m simlingo_view.page.screenshots URL FOLDER``.

It says *slow down*, asks a question and considers a lane change, as a person would with mouse and
keyboard, and writes ``page.jpg`` and ``page_phone.jpg``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from simlingo_core.images import decode_bgr, encode_jpeg
from simlingo_view.page.browser import Browser

WIDTH_PX, HEIGHT_PX = 1280, 1010
PHONE_PX = (390, 844)
QUALITY = 80
# A model takes half a minute to load where others compute.
START_LIMIT_S = 300.0
ANSWERED = "document.querySelector('#talk-answer').textContent.includes('not driven')"
DRIVES = (
    "document.querySelector('#camera').dataset.images > 3 && "
    "parseFloat(document.querySelector('#n-speed').textContent) > 3"
)


def take(url: str, folder: Path) -> None:
    """Use the page and write the images.

    Raises:
        BackendError: there is no browser, or the car does not drive.
    """
    with Browser(WIDTH_PX, HEIGHT_PX) as browser:
        browser.open(url)
        browser.wait_for(DRIVES, START_LIMIT_S)
        for words in ('why do you stop?', 'slow down'):
            browser.click('#text')
            browser.type_text(words)
            browser.press('Enter')
            time.sleep(1.5)
        browser.click('#text')
        browser.type_text('change lane to the left')
        browser.click('#consider')
        browser.wait_for(ANSWERED)
        browser.evaluate('scrollTo(0, 0)')
        time.sleep(0.5)
        _write(browser, folder / 'page.jpg')
        browser.resize(*PHONE_PX, is_phone=True)
        browser.evaluate('scrollTo(0, 0)')
        time.sleep(1.0)
        _write(browser, folder / 'page_phone.jpg')


def _write(browser: Browser, path: Path) -> None:
    picture = path.with_suffix('.png')
    browser.screenshot(picture)
    path.write_bytes(encode_jpeg(decode_bgr(picture.read_bytes()), 'bgr8', QUALITY))
    picture.unlink()


if __name__ == '__main__':
    take(sys.argv[1], Path(sys.argv[2]))
