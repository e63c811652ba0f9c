# SPDX-License-Identifier: Apache-2.0
"""Wordings of answers about obstacles, stop signs, traffic lights and pedestrians."""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup, group

SIGN_ANSWERS: dict[str, WordingGroup] = {
    'obstacle': group(
        'Yes, the <OBJECT> is an obstacle on the road.|'
        'Yes, the <OBJECT> blocks the lane.|Yes, the <OBJECT> is in the way.|'
        'Yes, there is the <OBJECT>.|Yes, the <OBJECT> obstructs the road.|'
        'Yes, the way is not free because of the <OBJECT>.|'
        'Yes, the <OBJECT> stands in the way.|Yes, it is the <OBJECT>.',
        'Yes, the way is blocked by the <OBJECT>.|Yes, the <OBJECT> obstructs the lane.',
    ),
    'no_obstacle': group(
        'No, there is no obstacle on the current road.|No, the lane is not blocked.|'
        'No, nothing is in the way.|No, the road is not blocked.|'
        'No, the lane is free.|No, the road is clear of obstacles.|'
        'No, there is none.|No, nothing stands in the way.',
        'No, nothing blocks the lane.|No, the way is free of obstacles.',
    ),
    'must_deviate': group(
        'Yes, the ego vehicle must go around the <OBJECT>.|'
        'Yes, because of the <OBJECT>.|Yes, the <OBJECT> makes it leave its lane.|'
        'Yes, it has to pass the <OBJECT>.|Yes, the <OBJECT> has to be passed.|'
        'Yes, it must move out for the <OBJECT>.|'
        'Yes, the <OBJECT> cannot be passed on the own lane.|'
        'Yes, the way leads around the <OBJECT>.',
        'Yes, it must leave the lane for the <OBJECT>.|'
        'Yes, it has to move out because of the <OBJECT>.',
    ),
    'must_return': group(
        'Yes, the ego vehicle must return to its lane after the <OBJECT>.|'
        'Yes, it has passed the <OBJECT> and must move back.|'
        'Yes, back to its own lane past the <OBJECT>.|'
        'Yes, to go back to its lane after the <OBJECT>.|'
        'Yes, past the <OBJECT> it has to return to its lane.|'
        'Yes, it must move back to its lane after the <OBJECT>.|'
        'Yes, the <OBJECT> is passed and the own lane is to be taken again.|'
        'Yes, it has to return now that the <OBJECT> is passed.',
        'Yes, it must come back to its lane after the <OBJECT>.|'
        'Yes, after the <OBJECT> it has to take its own lane again.',
    ),
    'need_not_deviate': group(
        'No, the ego vehicle can stay on its lane.|No, it need not leave the lane.|'
        'No, there is nothing to go around.|No, the own lane is fine.|'
        'No, that is not necessary.|No, the lane is free to drive on.|'
        'No, there is no obstruction.|No, the car stays on its lane.',
        'No, it may keep its lane.|No, no detour is needed.',
    ),
    'stop_sign': group(
        'Yes, the ego vehicle is affected by a stop sign in about <DISTANCE>.|'
        'Yes, a stop sign is about <DISTANCE> ahead.|Yes, in about <DISTANCE>.|'
        'Yes, it must obey a stop sign about <DISTANCE> away.|'
        'Yes, there is a stop sign in about <DISTANCE>.|'
        'Yes, a stop sign comes in about <DISTANCE>.|'
        'Yes, after about <DISTANCE> it comes to a stop sign.|'
        'Yes, a stop sign about <DISTANCE> ahead holds for it.',
        'Yes, some <DISTANCE> ahead stands a stop sign.|'
        'Yes, a stop sign is to be obeyed in about <DISTANCE>.',
    ),
    'no_stop_sign': group(
        'No, the ego vehicle is not affected by a stop sign.|'
        'No, there is no stop sign.|No stop sign holds for it.|'
        'No, no stop sign concerns the car.|No, there is none.|'
        'No stop sign is relevant here.|No, no stop sign is ahead.|'
        'No, no stop sign holds for the ego vehicle.',
        'No, none holds for the car.|No stop sign is to be obeyed.',
    ),
    'light': group(
        'Yes, the ego vehicle is affected by a <STATE> traffic light.|'
        'Yes, a <STATE> traffic light holds for it.|Yes, by a <STATE> light.|'
        'Yes, it must obey a traffic light that is <STATE>.|'
        'Yes, the traffic light is <STATE>.|'
        'Yes, there is a traffic light and it is <STATE>.|'
        'Yes, the light ahead is <STATE>.|Yes, a <STATE> light concerns it.',
        'Yes, there is a <STATE> light for the car.|Yes, it has a light that is <STATE>.',
    ),
    'no_light': group(
        'There is no traffic light affecting the ego vehicle.|'
        'No traffic light holds for it.|No, there is none.|'
        'No traffic light concerns the car.|No, there is no traffic light for it.|'
        'No traffic light is relevant here.|There is none.|'
        'No, no traffic light is ahead.',
        'None holds for the car.|No light is to be obeyed.',
    ),
    'light_state': group(
        'The traffic light is <STATE>.|It is <STATE>.|The light shows <STATE>.|'
        '<STATE>.|It shows <STATE>.|The traffic light shows <STATE>.|'
        'The light is <STATE>.|Its colour is <STATE>.',
        'The colour is <STATE>.|The state of the light is <STATE>.',
    ),
    'no_pedestrians': group(
        'There are no pedestrians.|Nobody on foot can be seen.|None.|'
        'No one walks here.|There are none.|No pedestrians can be seen.|'
        'No one is on foot here.|There is nobody on foot.',
        'No pedestrian is in view.|Nobody is on foot here.',
    ),
    'one_pedestrian': group(
        'There is one pedestrian.|One person on foot can be seen.|One.|'
        'One person walks here.|There is one.|One pedestrian can be seen.|'
        'A single person is on foot.|There is a single pedestrian.',
        'A single pedestrian is in view.|Only one pedestrian can be seen.',
    ),
    'pedestrians': group(
        'There are <COUNT> pedestrians.|<COUNT> people on foot can be seen.|<COUNT>.|'
        '<COUNT> people walk here.|There are <COUNT>.|'
        '<COUNT> pedestrians can be seen.|<COUNT> persons are on foot.|'
        'There are <COUNT> people on foot.',
        '<COUNT> pedestrians are in view.|The number of pedestrians in view is <COUNT>.',
    ),
}
