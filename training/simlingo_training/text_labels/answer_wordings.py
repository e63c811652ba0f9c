# SPDX-License-Identifier: Apache-2.0
"""Wordings of answers; where upstream has one for "there is nothing", the first is upstream's."""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup


def _group(train: str, held_out: str) -> WordingGroup:
    return WordingGroup(tuple(train.split('|')), tuple(held_out.split('|')))


ANSWERS: dict[str, WordingGroup] = {
    'objects': _group(
        'The important objects are <OBJECTS>.|Important are <OBJECTS>.|'
        'The ego vehicle should watch <OBJECTS>.|These are <OBJECTS>.',
        'Attention is due to <OBJECTS>.',
    ),
    'one_object': _group(
        'The important object is <OBJECTS>.|Important is <OBJECTS>.|'
        'The ego vehicle should watch <OBJECTS>.|It is <OBJECTS>.',
        'Attention is due to <OBJECTS>.',
    ),
    'no_objects': _group(
        'There are no important objects in the scene.|Nothing in the scene is important.|'
        'No object needs attention.|There is nothing to watch.',
        'Nothing needs attention here.',
    ),
    'own_lane': _group(
        'The <OBJECT> is on the same lane as the ego vehicle.|It is on the own lane.|'
        'The <OBJECT> uses the lane of the ego vehicle.|It is on the lane of the car.',
        'The <OBJECT> is in the own lane.',
    ),
    'lane_beside': _group(
        'The <OBJECT> is on the lane to the <SIDE> of the ego vehicle.|'
        'It is one lane to the <SIDE>.|The <OBJECT> uses the lane on the <SIDE>.|'
        'It is on the next lane to the <SIDE>.',
        'The <OBJECT> is one lane further <SIDE>.',
    ),
    'lanes_away': _group(
        'The <OBJECT> is <COUNT> lanes to the <SIDE> of the ego vehicle.|'
        'It is <COUNT> lanes to the <SIDE>.|The <OBJECT> is <COUNT> lanes further <SIDE>.|'
        'There are <COUNT> lanes to the <OBJECT>, on the <SIDE>.',
        'The <OBJECT> uses a lane <COUNT> lanes to the <SIDE>.',
    ),
    'oncoming_lane': _group(
        'The <OBJECT> is on the lane for oncoming traffic.|It is on the opposite lane.|'
        'The <OBJECT> uses the oncoming lane.|It is on the other side of the road.',
        'The <OBJECT> is on the lane of the opposite direction.',
    ),
    'in_junction': _group(
        'The <OBJECT> is in the junction.|It is inside of the junction.|'
        'The <OBJECT> is within the intersection.|It is in the intersection.',
        'The <OBJECT> stands or drives in the junction.',
    ),
    'parked_place': _group(
        'The <OBJECT> is in a parking place.|It is parked beside the road.|'
        'The <OBJECT> stands in the parking lane.|It is parked.',
        'The <OBJECT> is parked at the side.',
    ),
    'beside_road': _group(
        'The <OBJECT> is beside the road.|It is at the side of the road.|'
        'The <OBJECT> is off the lanes.|It is not on a lane.',
        'The <OBJECT> is next to the road.',
    ),
    'other_road': _group(
        'The <OBJECT> is on another road.|It is on a different road.|'
        'The <OBJECT> is on a road that meets this one.|It is not on this road.',
        'The <OBJECT> uses a different road.',
    ),
    'not_moving': _group(
        'The <OBJECT> is not moving.|It stands still.|The <OBJECT> is standing.|It does not move.',
        'The <OBJECT> does not move.',
    ),
    'moving_slowly': _group(
        'The <OBJECT> is moving slowly.|It moves slowly.|The <OBJECT> is slow.|'
        'It is moving at low speed.',
        'The <OBJECT> goes slowly.',
    ),
    'moving': _group(
        'The <OBJECT> is moving with about <SPEED>.|It moves with about <SPEED>.|'
        'The <OBJECT> drives about <SPEED>.|Its speed is about <SPEED>.',
        'The <OBJECT> goes about <SPEED>.',
    ),
    'going': _group(
        'The <OBJECT> is going <DIRECTION>.|It goes <DIRECTION>.|'
        'The <OBJECT> moves <DIRECTION>.|It is heading <DIRECTION>.',
        'The way of the <OBJECT> leads <DIRECTION>.',
    ),
    'turning': _group(
        'The <OBJECT> is turning <SIDE>.|It turns <SIDE>.|The <OBJECT> turns to the <SIDE>.|'
        'It is turning to the <SIDE>.',
        'The <OBJECT> makes a turn to the <SIDE>.',
    ),
    'crosses': _group(
        'Yes, the <OBJECT> might cross the path of the ego vehicle.|'
        'Yes, their paths cross.|Yes, the <OBJECT> comes into its way.|'
        'Yes, the ego vehicle must expect the <OBJECT>.',
        'Yes, a conflict with the <OBJECT> is possible.',
    ),
    'crosses_not': _group(
        'No, the <OBJECT> does not cross the path of the ego vehicle.|'
        'No, their paths do not cross.|No, the <OBJECT> stays out of its way.|'
        'No, the <OBJECT> is in no conflict with it.',
        'No, no conflict with the <OBJECT> is to be expected.',
    ),
    'is_ahead': _group(
        'Yes, the <OBJECT> is ahead on the path of the ego vehicle.|'
        'Yes, the <OBJECT> is already on its path.|'
        'Yes, the <OBJECT> is directly ahead on the same way.|'
        'Yes, the <OBJECT> is right ahead of it.',
        'Yes, the <OBJECT> is on the same way ahead.',
    ),
    'in_the_junction': _group(
        'Yes, the ego vehicle is in a junction.|Yes, it is inside of a junction.|'
        'Yes, it crosses a junction now.|Yes, it is within an intersection.',
        'Yes, the car is in the junction.',
    ),
    'before_junction': _group(
        'Yes, a junction is ahead in about <DISTANCE>.|Yes, in about <DISTANCE>.|'
        'Yes, the junction begins in about <DISTANCE>.|Yes, it is about <DISTANCE> away.',
        'Yes, there is a junction some <DISTANCE> ahead.',
    ),
    'no_junction': _group(
        'No, the ego vehicle is not affected by a junction.|No, there is no junction near.|'
        'No, it is not at a junction.|No junction is close.',
        'No, no junction is near.',
    ),
    'count_same': _group(
        'There are <COUNT> lanes in the direction of the ego vehicle.|<COUNT> lanes.|'
        'The own direction has <COUNT> lanes.|It can use <COUNT> lanes.',
        'The number is <COUNT>.',
    ),
    'one_same': _group(
        'There is one lane in the direction of the ego vehicle.|One lane.|'
        'The own direction has one lane.|It can use one lane.',
        'The number is one.',
    ),
    'count_opposite': _group(
        'There are <COUNT> lanes in the opposite direction.|<COUNT> lanes.|'
        'The opposite direction has <COUNT> lanes.|Oncoming traffic has <COUNT> lanes.',
        'The number is <COUNT>.',
    ),
    'one_opposite': _group(
        'There is one lane in the opposite direction.|One lane.|'
        'The opposite direction has one lane.|Oncoming traffic has one lane.',
        'The number is one.',
    ),
    'none_opposite': _group(
        'There are no lanes in the opposite direction.|None, it is a one-way road.|'
        'There is no oncoming lane.|No lane leads the other way.',
        'No lane is for oncoming traffic.',
    ),
    'lane_number': _group(
        'The ego vehicle is on lane <NUMBER>.|It is lane <NUMBER>.|'
        'The own lane is number <NUMBER>.|On lane <NUMBER>.',
        'The car uses lane <NUMBER>.',
    ),
    'marking': _group(
        'The lane marking to the <SIDE> is a <MARKING>.|It is a <MARKING>.|'
        'On the <SIDE> is a <MARKING>.|There is a <MARKING>.',
        'The line on the <SIDE> is a <MARKING>.',
    ),
    'no_marking': _group(
        'There is no lane marking to the <SIDE>.|There is none.|'
        'The lane has no marking on the <SIDE>.|No line is on the <SIDE>.',
        'Nothing is marked on the <SIDE>.',
    ),
    'may_side': _group(
        'The ego vehicle is allowed to change lanes to the <SIDE>.|To the <SIDE>.|'
        'A change to the <SIDE> is allowed.|It may change to the <SIDE>.',
        'Only to the <SIDE>.',
    ),
    'may_both': _group(
        'The ego vehicle is allowed to change lanes to both sides.|To the left and right.|'
        'Changes to both sides are allowed.|It may change to either side.',
        'To either side.',
    ),
    'may_none': _group(
        'The ego vehicle is not allowed to change lanes.|To no side.|'
        'No lane change is allowed.|It must stay on its lane.',
        'It may not leave its lane.',
    ),
    'enter_side': _group(
        'Other vehicles may change into the ego lane from the <SIDE>.|From the <SIDE>.|'
        'Vehicles on the <SIDE> may come in.|They may come from the <SIDE>.',
        'Only from the <SIDE>.',
    ),
    'enter_both': _group(
        'Other vehicles may change into the ego lane from both sides.|From both sides.|'
        'Vehicles on either side may come in.|They may come from left and right.',
        'From either side.',
    ),
    'enter_none': _group(
        'No vehicle is allowed to change into the ego lane.|From no side.|'
        'Nobody may change into the own lane.|They must not come in.',
        'No one may enter it.',
    ),
    'limit': _group(
        'The current speed limit is <SPEED>.|It is <SPEED>.|The limit is <SPEED>.|'
        'Up to <SPEED> is allowed.',
        'One may drive <SPEED>.',
    ),
}
