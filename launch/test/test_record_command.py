# SPDX-License-Identifier: Apache-2.0
import pytest
import typer

from simlingo_bringup.commands.record import parse_rates


def test_rates_by_topic():
    assert parse_rates(['/plan=3.5', '/tf=1']) == {'/plan': 3.5, '/tf': 1.0}
    assert parse_rates([]) == {}


@pytest.mark.parametrize('text', ['plan=3.5', '/plan', '/plan=often', '=2', ''])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(typer.BadParameter, match='expected such as /topic='):
        parse_rates([text])
