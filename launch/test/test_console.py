# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from simlingo_bringup.console import StackConsole
from simlingo_bringup.status_screen import StackView, render_status
from simlingo_core.baselines import plan_along
from simlingo_core.errors import BackendError
from simlingo_core.status import SafetyLevel, SafetyState
from simlingo_core.types import Instruction
from simlingo_planner.warm_up import grey_observation

pytestmark = pytest.mark.ros


def test_the_status_fits_on_a_screen_with_the_worst_first():
    view = StackView(
        nodes=('control', 'perception'),
        state=SafetyState(
            t_s=3.0, level=SafetyLevel.STOPPED, reasons=('plan_stale',), plan_age_s=1.25
        ),
        lines={
            'simlingo/perception: inputs': (2, 'no image has come yet'),
            'simlingo/control: car': (0, 'stands'),
        },
    )
    assert render_status(view, 'simlingo').splitlines() == [
        'runs          control, perception',
        'missing       planner',
        'safety        stopped: plan_stale',
        'image         perception sends none',
        'plan          the planner sends none',
        'speed         unknown',
        'instruction   none is active',
        'commentary    none came',
        'ERROR  perception: inputs  no image has come yet',
        'OK     control: car        stands',
    ]
    assert 'control sends no safety state' in render_status(StackView(nodes=('world',)), 'car')
    assert render_status(StackView(), 'car').startswith('nothing runs in /car on ROS domain')


def test_the_status_names_the_active_instruction_and_its_cap():
    plan = replace(
        plan_along(grey_observation(), np.array([[0.0, 0.0], [30.0, 0.0]]), 5.0, 'mini'),
        instruction_id='say-1',
        max_speed_mps=4.0,
    )
    view = StackView(
        nodes=('control', 'perception', 'planner', 'world'),
        observation=replace(grey_observation(), speed_mps=5.0, route_progress=0.25),
        plan=plan,
        ages_s={'observation': 0.16, 'plan': 0.04},
        commentary='Slow down.',
        lines={'simlingo/planner: instruction': (0, 'say-1: active, "slow down"')},
    )
    screen = render_status(view, 'simlingo')
    assert 'missing' not in screen
    assert 'image         came 0.2 s ago' in screen
    assert 'plan          came 0.0 s ago, by mini' in screen
    assert 'speed         5.0 m/s (18 km/h), 25 % of the route driven' in screen
    assert 'instruction   say-1: active, "slow down"; speed capped at 4.0 m/s' in screen
    assert 'commentary    "Slow down."' in screen


def test_where_no_stack_runs_the_remedy_is_named():
    with StackConsole(find_limit_s=0.2) as console:
        with pytest.raises(BackendError, match=r'no planner listens.*simlingo up'):
            list(console.follow(Instruction(text='slow down'), 1.0))
        with pytest.raises(BackendError, match='no planner answers questions'):
            console.ask('why?', 1.0)
        assert console.observe(0.1).is_empty
        assert console.newest_commentary(0.1) == ''
