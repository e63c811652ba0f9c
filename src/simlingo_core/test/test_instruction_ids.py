# SPDX-License-Identifier: Apache-2.0
import re

from simlingo_core.instruction_ids import make_instruction_id


def test_counted_ids_are_repeatable_and_others_differ() -> None:
    assert make_instruction_id('planner', 3) == 'planner-3'
    ids = {make_instruction_id('goal') for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch('goal-[0-9a-f]{8}', each) for each in ids)
