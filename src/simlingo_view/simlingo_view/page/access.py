# SPDX-License-Identifier: Apache-2.0
"""Who may open the page: this machine, or who has the token; no other web site in the browser.

A page that listens on this machine only is open to every program of this machine, but not to web
sites that the same browser shows: their requests name another origin, or (by a name server that
lies) another host.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

LOCAL_NAMES = ('localhost', '127.0.0.1', '::1')
TOKEN_BYTES = 16


class Access:
    """Judges requests.

    Args:
        host: address that the server listens on.
        token: secret for other machines; empty: a new one is made where it is needed.

    Attributes:
        token: the secret; empty: none is needed.
    """

    def __init__(self, host: str, token: str = '') -> None:
        self.is_local = is_loopback(host)
        if self.is_local and not token:
            self.token = ''
        else:
            self.token = token or secrets.token_urlsafe(TOKEN_BYTES)

    def refusal(self, host: str, origin: str, token: str) -> str:
        """Return why a request is refused; empty: it is not.

        Args:
            host: header *Host*.
            origin: header *Origin*; empty: the request comes from no web page, or from a click.
            token: from cookie, address or header.
        """
        if self.is_local and _name_of(host) not in LOCAL_NAMES:
            return f'this page is for this machine only; expected localhost, got {host!r}'
        if origin and urlsplit(origin).netloc != host:
            return f'requests of {origin!r} are refused; open the page itself'
        if self.token and not hmac.compare_digest(token.encode(), self.token.encode()):
            return 'a token is needed; open the address with ?token= that the log shows'
        return ''


def is_loopback(host: str) -> bool:
    """Tell whether an address is that of this machine only."""
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    """Return the name without its port."""
    return urlsplit(f'//{host}').hostname or ''
