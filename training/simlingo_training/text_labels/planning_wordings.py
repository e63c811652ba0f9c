# SPDX-License-Identifier: Apache-2.0
"""Wordings of answers about signs, obstacles, and what is to be done."""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup


def _group(train: str, held_out: str) -> WordingGroup:
    return WordingGroup(tuple(train.split('|')), tuple(held_out.split('|')))


PLANNING_ANSWERS: dict[str, WordingGroup] = {
    'obstacle': _group(
        'Yes, the <OBJECT> is an obstacle on the road.|Yes, the <OBJECT> blocks the lane.|'
        'Yes, the <OBJECT> is in the way.|Yes, there is the <OBJECT>.',
        'Yes, the way is blocked by the <OBJECT>.',
    ),
    'no_obstacle': _group(
        'No, there is no obstacle on the current road.|No, the lane is not blocked.|'
        'No, nothing is in the way.|No, the road is not blocked.',
        'No, nothing blocks the lane.',
    ),
    'must_deviate': _group(
        'Yes, the ego vehicle must go around the <OBJECT>.|'
        'Yes, because of the <OBJECT>.|Yes, the <OBJECT> makes it leave its lane.|'
        'Yes, it has to pass the <OBJECT>.',
        'Yes, it must leave the lane for the <OBJECT>.',
    ),
    'must_return': _group(
        'Yes, the ego vehicle must return to its lane after the <OBJECT>.|'
        'Yes, it has passed the <OBJECT> and must move back.|'
        'Yes, back to its own lane past the <OBJECT>.|Yes, it has to go back to its lane.',
        'Yes, it must come back to its lane after the <OBJECT>.',
    ),
    'need_not_deviate': _group(
        'No, the ego vehicle can stay on its lane.|No, it need not leave the lane.|'
        'No, there is nothing to go around.|No, the own lane is fine.',
        'No, it may keep its lane.',
    ),
    'stop_sign': _group(
        'Yes, the ego vehicle is affected by a stop sign in about <DISTANCE>.|'
        'Yes, a stop sign is about <DISTANCE> ahead.|Yes, in about <DISTANCE>.|'
        'Yes, it must obey a stop sign about <DISTANCE> away.',
        'Yes, some <DISTANCE> ahead stands a stop sign.',
    ),
    'no_stop_sign': _group(
        'No, the ego vehicle is not affected by a stop sign.|No, there is no stop sign.|'
        'No stop sign holds for it.|No, no stop sign concerns the car.',
        'No, none holds for the car.',
    ),
    'light': _group(
        'Yes, the ego vehicle is affected by a <STATE> traffic light.|'
        'Yes, a <STATE> traffic light holds for it.|Yes, by a <STATE> light.|'
        'Yes, it must obey a traffic light that is <STATE>.',
        'Yes, there is a <STATE> light for the car.',
    ),
    'no_light': _group(
        'There is no traffic light affecting the ego vehicle.|No traffic light holds for it.|'
        'No, there is none.|No traffic light concerns the car.',
        'None holds for the car.',
    ),
    'light_state': _group(
        'The traffic light is <STATE>.|It is <STATE>.|The light shows <STATE>.|<STATE>.',
        'The colour is <STATE>.',
    ),
    'go_on_green': _group(
        'The ego vehicle may drive because the traffic light is green.|'
        'It can go on, the light is green.|Green means that it may pass.|'
        'It may pass the light.',
        'It may go on since it is green.',
    ),
    'stop_at_red': _group(
        'The ego vehicle must stop at the traffic light because it is red.|'
        'It must stop, the light is red.|It has to wait for green.|Red means stop.',
        'It must not pass the red light.',
    ),
    'stop_at_yellow': _group(
        'The ego vehicle should stop at the traffic light because it is yellow.|'
        'It should stop, the light turns red.|It should not pass the yellow light.|'
        'Yellow means to stop if that is possible.',
        'It should hold at the yellow light.',
    ),
    'stop_at_sign': _group(
        'The ego vehicle must come to a stop at the stop sign.|It must stop at the line.|'
        'It has to stop before the sign.|It must make a full stop.',
        'A full stop is due at the sign.',
    ),
    'sign_done': _group(
        'The ego vehicle has stopped at the stop sign and may go on.|'
        'It has made its stop and can drive.|The stop is done, it may drive.|'
        'It may go on, it has stopped.',
        'After its stop it may drive on.',
    ),
    'no_sign_to_act_on': _group(
        'There is no stop sign affecting the ego vehicle.|Nothing, there is no stop sign.|'
        'No stop sign holds for it.|It need not do anything for a stop sign.',
        'No stop sign demands anything.',
    ),
    'no_light_to_act_on': _group(
        'There is no traffic light affecting the ego vehicle.|Nothing, there is no light.|'
        'No traffic light holds for it.|It need not do anything for a light.',
        'No light demands anything.',
    ),
    'no_pedestrians': _group(
        'There are no pedestrians.|Nobody on foot can be seen.|None.|No one walks here.',
        'No pedestrian is in view.',
    ),
    'one_pedestrian': _group(
        'There is one pedestrian.|One person on foot can be seen.|One.|One person walks here.',
        'A single pedestrian is in view.',
    ),
    'pedestrians': _group(
        'There are <COUNT> pedestrians.|<COUNT> people on foot can be seen.|<COUNT>.|'
        '<COUNT> people walk here.',
        '<COUNT> pedestrians are in view.',
    ),
    'watch': _group(
        'It should watch out for <LANES>.|For <LANES>.|It must look at <LANES>.|<LANES> matter.',
        'It should check <LANES>.',
    ),
    'brake_stop': _group(
        'The ego vehicle should stop<REASON>.|Yes, it must stop<REASON>.|'
        'Yes, it has to stop<REASON>.|It should come to a stop<REASON>.',
        'Yes, a stop is needed<REASON>.',
    ),
    'brake_slow': _group(
        'The ego vehicle should slow down<REASON>.|Yes, it must slow down<REASON>.|'
        'Yes, it should brake<REASON>.|It should reduce its speed<REASON>.',
        'Yes, less speed is needed<REASON>.',
    ),
    'brake_stay': _group(
        'The ego vehicle should remain stopped<REASON>.|Yes, it must keep standing<REASON>.|'
        'Yes, it should hold the brake<REASON>.|It should stay at a standstill<REASON>.',
        'Yes, it has to stay where it is<REASON>.',
    ),
    'brake_not': _group(
        'There is no reason for the ego vehicle to brake.|No, nothing makes it brake.|'
        'No, it need not brake.|No, there is no reason to.',
        'No, braking is not needed.',
    ),
    'speed_action': _group(
        'It should <SPEED_ACTION>.|The ego vehicle should <SPEED_ACTION>.|'
        'The right thing is to <SPEED_ACTION>.|The car should <SPEED_ACTION>.',
        'It had better <SPEED_ACTION>.',
    ),
    'route_action': _group(
        'It should <ROUTE_ACTION>.|The ego vehicle should <ROUTE_ACTION>.|'
        'The next thing is to <ROUTE_ACTION>.|The car should <ROUTE_ACTION>.',
        'It has to <ROUTE_ACTION>.',
    ),
}
