# SPDX-License-Identifier: Apache-2.0
import pytest

from simlingo_core.errors import ConfigError
from simlingo_ros.qos_overrides import check_overrides, override_name, refuse_unused

CAMERA = '/carla/ego_vehicle/rgb_front/image'


def test_what_can_be_honoured_is_accepted() -> None:
    check_overrides(
        {
            override_name(CAMERA, 'subscription', 'reliability'): 'best_effort',
            override_name(CAMERA, 'subscription', 'depth'): 5,
            override_name('/simlingo/plan', 'publisher', 'durability'): 'transient_local',
            'rate_limit_hz': 'of no concern here',
        }
    )


@pytest.mark.parametrize(
    ('name', 'value', 'words'),
    [
        (f'{CAMERA}.subscription.reliability', 'besteffort', 'expected one of reliable, best_'),
        (f'{CAMERA}.subscription.depth', 0, 'is 0; expected 1 or more messages'),
        (f'{CAMERA}.subscription.depth', True, 'is True; expected 1 or more'),
        (f'{CAMERA}.subscriber.depth', 1, r'expected qos_overrides\./topic\.\(publisher\|'),
        (f'{CAMERA}.subscription.deadline', 1, 'is no override'),
        ('odometry.subscription.depth', 1, 'is no override'),
        ('reliability', 'reliable', 'is no override'),
    ],
)
def test_what_cannot_be_honoured_is_refused(name, value, words) -> None:
    with pytest.raises(ConfigError, match=words):
        check_overrides({f'qos_overrides.{name}': value})


def test_an_override_without_effect_is_refused_with_the_nearest_names() -> None:
    used = [override_name(CAMERA, 'subscription', policy) for policy in ('depth', 'reliability')]
    refuse_unused([*used, 'rate_limit_hz'], used)
    wrong = override_name('/carla/hero/rgb_front/image', 'subscription', 'reliability')
    with pytest.raises(ConfigError, match=f'no such topic; did you mean one of {used[1]}'):
        refuse_unused([wrong], used)
