# SPDX-License-Identifier: Apache-2.0
from importlib.metadata import entry_points

from simlingo_view.bench import view


def test_every_row_has_a_number_and_a_name():
    rows = view(True)
    assert [row['name'] for row in rows] == ['overlay_ms', 'page_image_ms', 'page_plan_ms']
    assert all(row['value'] > 0.0 and 'ms' in row['label'] for row in rows)


def test_it_is_a_section_of_the_bench_command():
    points = {point.name: point.value for point in entry_points(group='simlingo.benches')}
    assert points['view'] == 'simlingo_view.bench:view'
