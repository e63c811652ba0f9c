# SPDX-License-Identifier: Apache-2.0
import pytest

from simlingo_bringup.console import StackConsole, render_status
from simlingo_core.errors import BackendError
from simlingo_core.status import SafetyLevel, SafetyState
from simlingo_core.types import Instruction

pytestmark = pytest.mark.ros


def test_the_status_fits_on_a_screen_with_the_worst_first():
    state = SafetyState(
        t_s=3.0, level=SafetyLevel.STOPPED, reasons=('plan_stale',), plan_age_s=1.25
    )
    lines = {'perception: inputs': (2, 'no image has come yet'), 'control: car': (0, 'stands')}
    assert render_status(state, lines, 'simlingo').splitlines() == [
        'safety state     stopped (plan_stale)',
        'plan age         1.25 s',
        'ERROR  perception: inputs  no image has come yet',
        'OK     control: car        stands',
    ]
    assert 'control does not run' in render_status(None, lines, 'simlingo')
    assert render_status(None, {}, 'car').startswith('nothing runs in /car on ROS domain')


def test_where_no_stack_runs_the_remedy_is_named():
    with StackConsole(find_limit_s=0.2) as console:
        with pytest.raises(BackendError, match=r'no planner listens.*simlingo up'):
            list(console.follow(Instruction(text='slow down'), 1.0))
        with pytest.raises(BackendError, match='no planner answers questions'):
            console.ask('why?', 1.0)
        assert console.observe(0.1) == (None, {})
