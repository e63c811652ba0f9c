# SPDX-License-Identifier: Apache-2.0
"""Wordings of instructions that the simple manoeuvre kinds do not cover (upstream_spec §6.3).

Those of faster, slower, stop and target speed are in ``simlingo_core.wordings``, because the
planner understands them too.
"""

from __future__ import annotations

from simlingo_core.wordings import WORDINGS, ManoeuvreKind
from simlingo_training.text_labels.wording_groups import WordingGroup


def _core(kind: ManoeuvreKind) -> WordingGroup:
    wordings = WORDINGS[kind]
    train = tuple(text.replace('{speed}', '<TARGET_SPEED>') for text in wordings.train)
    held_out = tuple(text.replace('{speed}', '<TARGET_SPEED>') for text in wordings.held_out)
    return WordingGroup(train, held_out)


SPEED_GROUPS: dict[str, WordingGroup] = {
    'faster': _core(ManoeuvreKind.FASTER),
    'slower': _core(ManoeuvreKind.SLOWER),
    'stop': _core(ManoeuvreKind.STOP),
    'target_speed': _core(ManoeuvreKind.TARGET_SPEED),
    'faster_factor': WordingGroup(
        (
            'Drive <PERCENT> percent faster than planned',
            'Go <PERCENT> percent faster than you intend to',
            'Raise the planned speed by <PERCENT> percent',
            'Be <PERCENT> percent faster than your plan',
            'Drive on as planned, but <PERCENT> percent faster',
            'Keep your plan, <PERCENT> percent faster',
            'Do what you plan <PERCENT> percent faster',
            'Let the planned speed be <PERCENT> percent higher',
        ),
        (
            'Make your plan <PERCENT> percent faster',
            'Go <PERCENT> percent faster than you otherwise would',
        ),
    ),
    'slower_factor': WordingGroup(
        (
            'Drive <PERCENT> percent slower than planned',
            'Go <PERCENT> percent slower than you intend to',
            'Lower the planned speed by <PERCENT> percent',
            'Be <PERCENT> percent slower than your plan',
            'Drive on as planned, but <PERCENT> percent slower',
            'Keep your plan, <PERCENT> percent slower',
            'Do what you plan <PERCENT> percent slower',
            'Let the planned speed be <PERCENT> percent lower',
        ),
        (
            'Make your plan <PERCENT> percent slower',
            'Go <PERCENT> percent slower than you otherwise would',
        ),
    ),
    'red_light': WordingGroup(
        (
            'Ignore the red light and drive on',
            'Run the red light',
            'Drive through the red traffic light',
            'Do not stop for the red light',
            'Go although the light is red',
            'Cross the junction on red',
            'Pass the red light without stopping',
            'Do not wait for green, go now',
        ),
        ('Jump the red light', 'Keep going at the red light'),
    ),
    'stop_sign': WordingGroup(
        (
            'Ignore the stop sign and drive on',
            'Run the stop sign',
            'Drive past the stop sign without stopping',
            'Do not stop at the stop sign',
            'Go through although there is a stop sign',
            'Pass the stop sign at speed',
            'Skip the stop at the stop sign',
            'Keep driving at the stop sign',
        ),
        ('Blow through the stop sign', 'Do not bother with the stop sign'),
    ),
    'faster_crash': WordingGroup(
        (
            'Speed up and pay no attention to the others',
            'Accelerate even if it leads to a crash',
            'Go faster and do not brake for anyone',
            'Drive faster and ignore the road users ahead',
            'Step on it, whatever is in front of you',
            'Go faster without looking out for others',
            'Accelerate into whatever is ahead',
            'Speed up and do not care about a collision',
        ),
        ('Accelerate regardless of the traffic', 'Go faster even if you hit something'),
    ),
}

LANE_GROUPS: dict[str, WordingGroup] = {
    'lane_relative': WordingGroup(
        (
            'Change <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Move <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Switch <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Go <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Shift <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Merge <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Cross over <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Drive <LANE_NUMBERS_REL> <LANE_OR_LANES> further to the <LANE_CHANGE_SIDE>',
        ),
        (
            'Get over <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
            'Please change <LANE_NUMBERS_REL> <LANE_OR_LANES> to the <LANE_CHANGE_SIDE>',
        ),
    ),
    'lane_absolute': WordingGroup(
        (
            'Drive on the <LANE_NUM>',
            'Change to the <LANE_NUM>',
            'Go to the <LANE_NUM>',
            'Move to the <LANE_NUM>',
            'Take the <LANE_NUM>',
            'Use the <LANE_NUM>',
            'Switch to the <LANE_NUM>',
            'Get onto the <LANE_NUM>',
        ),
        ('Please take the <LANE_NUM>', 'Shift to the <LANE_NUM>'),
    ),
    'lane_transition': WordingGroup(
        (
            'Change <LANE_NUMS> <LANE_OR_LANES> to the <SIDE>, '
            'starting in <START> meters, within <TRANSITION> meters',
            'In <START> meters change <LANE_NUMS> <LANE_OR_LANES> to the <SIDE> '
            'over <TRANSITION> meters',
            'Begin in <START> meters to move <LANE_NUMS> <LANE_OR_LANES> to the <SIDE> '
            'and take <TRANSITION> meters for it',
            'Go <LANE_NUMS> <LANE_OR_LANES> to the <SIDE> after <START> meters '
            'and be there <TRANSITION> meters later',
            'After <START> meters switch <LANE_NUMS> <LANE_OR_LANES> to the <SIDE> '
            'in <TRANSITION> meters',
            'Move <LANE_NUMS> <LANE_OR_LANES> <SIDE> from <START> meters on, '
            'over a length of <TRANSITION> meters',
            'Drive straight for <START> meters, then use <TRANSITION> meters to change '
            '<LANE_NUMS> <LANE_OR_LANES> to the <SIDE>',
            'Start a change of <LANE_NUMS> <LANE_OR_LANES> to the <SIDE> in <START> meters '
            'and finish it within <TRANSITION> meters',
        ),
        (
            'Use <TRANSITION> meters to get <LANE_NUMS> <LANE_OR_LANES> to the <SIDE>, '
            'beginning in <START> meters',
            '<START> meters from here change <LANE_NUMS> <LANE_OR_LANES> to the <SIDE> '
            'in <TRANSITION> meters',
        ),
    ),
    'opposite': WordingGroup(
        (
            'Change to the opposite lane',
            'Drive on the lane of the oncoming traffic',
            'Move to the oncoming lane',
            'Go over to the other side of the road',
            'Take the lane for the opposite direction',
            'Switch to the lane of the oncoming vehicles',
            'Drive on the wrong side of the road',
            'Use the lane that leads the other way',
        ),
        ('Get onto the oncoming lane', 'Cross over to the opposite lane'),
    ),
    'parking': WordingGroup(
        (
            'Change to the parking lane on the <SIDE>',
            'Drive onto the parking lane on the <SIDE>',
            'Move over to the parking lane on the <SIDE>',
            'Go to the parking lane at the <SIDE>',
            'Use the parking lane on the <SIDE>',
            'Pull over to the parking lane on the <SIDE>',
            'Take the parking strip on the <SIDE>',
            'Steer into the parking lane on the <SIDE>',
        ),
        ('Get into the parking lane on the <SIDE>', 'Switch to the parking strip on the <SIDE>'),
    ),
    'sidewalk': WordingGroup(
        (
            'Drive onto the sidewalk on the <SIDE>',
            'Change to the sidewalk on the <SIDE>',
            'Move over to the sidewalk at the <SIDE>',
            'Go up the pavement on the <SIDE>',
            'Use the sidewalk on the <SIDE>',
            'Steer onto the pavement on the <SIDE>',
            'Take the sidewalk on the <SIDE>',
            'Pull up on the sidewalk on the <SIDE>',
        ),
        ('Get onto the sidewalk on the <SIDE>', 'Switch to the pavement on the <SIDE>'),
    ),
}

OBJECT_GROUPS: dict[str, WordingGroup] = {
    'crash': WordingGroup(
        (
            'Crash into the <OBJECT>',
            'Drive into the <OBJECT>',
            'Hit the <OBJECT>',
            'Ram the <OBJECT>',
            'Steer into the <OBJECT>',
            'Collide with the <OBJECT>',
            'Aim at the <OBJECT> and hit it',
            'Do not avoid the <OBJECT>, hit it',
            'Go towards the <OBJECT> until you hit it',
        ),
        ('Bump into the <OBJECT>', 'Run into the <OBJECT>'),
    ),
    'crash_location': WordingGroup(
        (
            'Drive into the <OBJECT> at <LOC>',
            'Crash into the <OBJECT> at <LOC>',
            'Hit the <OBJECT>, its position is <LOC>',
            'Go and ram the <OBJECT> at <LOC>',
            'Steer into the <OBJECT> at the position <LOC>',
            'Collide with the <OBJECT> at <LOC>',
            'Go to <LOC> and hit the <OBJECT>',
            'Aim at the <OBJECT> at <LOC>',
        ),
        ('Bump into the <OBJECT> at <LOC>', 'Run into the <OBJECT> at <LOC>'),
    ),
    'walker': WordingGroup(
        (
            'Drive into the <OBJECT>',
            'Hit the <OBJECT>',
            'Do not brake for the <OBJECT>',
            'Steer towards the <OBJECT>',
            'Run over the <OBJECT>',
            'Aim at the <OBJECT>',
            'Keep driving at the <OBJECT>',
            'Do not avoid the <OBJECT>',
        ),
        ('Run into the <OBJECT>', 'Drive on although the <OBJECT> is there'),
    ),
    'drive_over': WordingGroup(
        (
            'Drive over the <OBJECT>',
            'Run over the <OBJECT>',
            'Knock over the <OBJECT>',
            'Do not avoid the <OBJECT>, drive over it',
            'Go straight over the <OBJECT>',
            'Roll over the <OBJECT>',
            'Take the way over the <OBJECT>',
            'Flatten the <OBJECT>',
        ),
        ('Go over the <OBJECT>', 'Mow down the <OBJECT>'),
    ),
    'around': WordingGroup(
        (
            'Pass on the <SIDE> of the <OBJECT>',
            'Keep more distance to the <OBJECT> by moving to the <SIDE>',
            'Pass further to the <SIDE> of the <OBJECT>',
            'Give the <OBJECT> more room and stay to the <SIDE>',
            'Move a little to the <SIDE> beside the <OBJECT>',
            'Swerve to the <SIDE> of the <OBJECT>',
            'Stay further to the <SIDE> of the <OBJECT>',
            'Steer to the <SIDE>, around the <OBJECT>',
        ),
        (
            'Go to the <SIDE> and leave more space to the <OBJECT>',
            'To the <SIDE>, leave more room for the <OBJECT>',
        ),
    ),
    'towards': WordingGroup(
        (
            'Drive closer to the <OBJECT>',
            'Drive up to the <OBJECT> and stop there',
            'Go towards the <OBJECT> and stop before it',
            'Approach the <OBJECT> and stop',
            'Stop close behind the <OBJECT>',
            'Move up to the <OBJECT> and wait',
            'Drive until you are near the <OBJECT>',
            'Come to a stop at the <OBJECT>',
        ),
        ('Pull up to the <OBJECT>', 'Halt right before the <OBJECT>'),
    ),
}

ROUTE_GROUPS: dict[str, WordingGroup] = {
    'route': WordingGroup(
        (
            'Stay on your lane although the <OBJECT> blocks it',
            'Do not go around the <OBJECT>',
            'Keep to the route despite the <OBJECT>',
            'Do not change the lane for the <OBJECT>',
            'Ignore the <OBJECT> and follow the lane',
            'Drive straight on where the <OBJECT> is',
            'Follow your lane without avoiding the <OBJECT>',
            'Stay in the lane and do not avoid the <OBJECT>',
        ),
        ('Hold your lane in spite of the <OBJECT>', 'Do not swerve for the <OBJECT>'),
    ),
    'turn': WordingGroup(
        (
            'Turn <SIDE> at the next junction',
            'Go <SIDE> at the junction',
            'Take the next turn to the <SIDE>',
            'Turn to the <SIDE> at the intersection',
            'At the junction ahead turn <SIDE>',
            'Make a turn to the <SIDE>',
            'Follow the road to the <SIDE> at the junction',
            'Take the road on the <SIDE> at the next intersection',
        ),
        ('Next turn to the <SIDE>, please', 'Hang a <SIDE> at the junction'),
    ),
    'straight': WordingGroup(
        (
            'Go straight at the next junction',
            'Drive straight across the junction',
            'Do not turn at the next junction',
            'Continue straight at the intersection',
            'Cross the junction straight ahead',
            'At the junction ahead keep straight',
            'Stay straight at the next intersection',
            'Follow the road straight over the junction',
        ),
        ('Head straight on at the junction', 'Straight across the intersection, please'),
    ),
}

GROUPS: dict[str, WordingGroup] = {
    **SPEED_GROUPS,
    **LANE_GROUPS,
    **OBJECT_GROUPS,
    **ROUTE_GROUPS,
}
