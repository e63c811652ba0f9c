# SPDX-License-Identifier: Apache-2.0
"""Wordings of answers about objects; where upstream has one for "nothing", it is the first."""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup, group

OBJECT_ANSWERS: dict[str, WordingGroup] = {
    'objects': group(
        'The important objects are <OBJECTS>.|Important are <OBJECTS>.|'
        'The ego vehicle should watch <OBJECTS>.|These are <OBJECTS>.|'
        'The objects that matter are <OBJECTS>.|It has to keep an eye on <OBJECTS>.|'
        'What matters here: <OBJECTS>.|The scene has <OBJECTS> to pay attention to.',
        'Attention belongs to <OBJECTS>.|To be watched are <OBJECTS>.',
    ),
    'one_object': group(
        'The important object is <OBJECTS>.|Important is <OBJECTS>.|'
        'The ego vehicle should watch <OBJECTS>.|It is <OBJECTS>.|'
        'The object that matters is <OBJECTS>.|It has to keep an eye on <OBJECTS>.|'
        'What matters here: <OBJECTS>.|Only <OBJECTS> needs attention.',
        'Attention belongs to <OBJECTS>.|To be watched is <OBJECTS>.',
    ),
    'no_objects': group(
        'There are no important objects in the scene.|'
        'Nothing in the scene is important.|No object needs attention.|'
        'There is nothing to watch.|No object matters here.|'
        'There is nothing important to see.|None.|The scene has no important objects.',
        'Nothing needs attention here.|No object is of importance.',
    ),
    'own_lane': group(
        'The <OBJECT> is on the same lane as the ego vehicle.|It is on the own lane.|'
        'The <OBJECT> uses the lane of the ego vehicle.|'
        'It is on the lane of the car.|'
        'The <OBJECT> shares the lane of the ego vehicle.|It is on the same lane.|'
        'The <OBJECT> is on this lane.|It uses the same lane as the car.',
        'The <OBJECT> is in the own lane.|The lane of the <OBJECT> is the own one.',
    ),
    'lane_beside': group(
        'The <OBJECT> is on the lane to the <SIDE> of the ego vehicle.|'
        'It is one lane to the <SIDE>.|The <OBJECT> uses the lane on the <SIDE>.|'
        'It is on the next lane to the <SIDE>.|'
        'The <OBJECT> is on the next lane to the <SIDE>.|'
        'It uses the neighbouring lane on the <SIDE>.|'
        'The <OBJECT> is beside the own lane, on the <SIDE>.|'
        'On the adjacent lane to the <SIDE>.',
        'The <OBJECT> is one lane further <SIDE>.|'
        'It is on the lane next to the car, to the <SIDE>.',
    ),
    'lanes_away': group(
        'The <OBJECT> is <COUNT> lanes to the <SIDE> of the ego vehicle.|'
        'It is <COUNT> lanes to the <SIDE>.|'
        'The <OBJECT> is <COUNT> lanes further <SIDE>.|'
        'There are <COUNT> lanes to the <OBJECT>, on the <SIDE>.|'
        'It uses a lane that is <COUNT> lanes to the <SIDE>.|'
        'The <OBJECT> is on the lane <COUNT> further to the <SIDE>.|'
        '<COUNT> lanes to the <SIDE>.|It is <COUNT> lanes away, on the <SIDE>.',
        'The <OBJECT> uses a lane <COUNT> lanes to the <SIDE>.|'
        '<COUNT> lanes lie between here and the <OBJECT>, to the <SIDE>.',
    ),
    'oncoming_lane': group(
        'The <OBJECT> is on the lane for oncoming traffic.|'
        'It is on the opposite lane.|The <OBJECT> uses the oncoming lane.|'
        'It is on the other side of the road.|The <OBJECT> is on an oncoming lane.|'
        'It is on a lane of the opposite direction.|'
        'The <OBJECT> is on the other side of the road.|'
        'On the lane for oncoming traffic.',
        'The <OBJECT> is on the lane of the opposite direction.|'
        'It uses a lane that leads the other way.',
    ),
    'in_junction': group(
        'The <OBJECT> is in the junction.|It is inside of the junction.|'
        'The <OBJECT> is within the intersection.|It is in the intersection.|'
        'The <OBJECT> is inside of the junction.|Within the junction.|'
        'It is on the area of the intersection.|The <OBJECT> is in the intersection.',
        'The <OBJECT> stands or drives in the junction.|It is in the middle of the junction.',
    ),
    'parked_place': group(
        'The <OBJECT> is in a parking place.|It is parked beside the road.|'
        'The <OBJECT> stands in the parking lane.|It is parked.|'
        'The <OBJECT> is parked.|It stands in a parking place.|'
        'The <OBJECT> is parked beside the road.|In the parking lane.',
        'The <OBJECT> is parked at the side.|It occupies a parking place.',
    ),
    'beside_road': group(
        'The <OBJECT> is beside the road.|It is at the side of the road.|'
        'The <OBJECT> is off the lanes.|It is not on a lane.|'
        'The <OBJECT> is at the side of the road.|Beside the road.|'
        'It is off the road.|The <OBJECT> is not on any lane.',
        'The <OBJECT> is next to the road.|It is next to the lanes.',
    ),
    'other_road': group(
        'The <OBJECT> is on another road.|It is on a different road.|'
        'The <OBJECT> is on a road that meets this one.|It is not on this road.|'
        'The <OBJECT> is on a different road.|On another road.|'
        'The <OBJECT> is not on this road.|It is on a road that meets this one.',
        'The <OBJECT> uses a different road.|It belongs to a road other than this one.',
    ),
    'not_moving': group(
        'The <OBJECT> is not moving.|No movement can be seen.|The <OBJECT> is standing.|'
        'Standing still.|The <OBJECT> stays in place.|The <OBJECT> stands still.|'
        'At a standstill.|The <OBJECT> is at a standstill.',
        'The <OBJECT> does not move.|Not moving at all.',
    ),
    'moving_slowly': group(
        'The <OBJECT> is moving slowly.|Moving slowly.|The <OBJECT> moves, but slowly.|'
        'Moving at low speed.|The <OBJECT> moves at low speed.|Moving, but not fast.|'
        'The <OBJECT> is moving at a low speed.|The <OBJECT> only moves slowly.',
        'The <OBJECT> goes slowly.|Going at a low speed.',
    ),
    'moving': group(
        'The <OBJECT> is moving with about <SPEED>.|Moving with about <SPEED>.|'
        'The <OBJECT> goes at about <SPEED>.|The speed of the <OBJECT> is about <SPEED>.|'
        'Going at about <SPEED>.|The <OBJECT> has a speed of about <SPEED>.|'
        'Moving at some <SPEED>.|The <OBJECT> moves at about <SPEED>.',
        'The <OBJECT> goes about <SPEED>.|The speed of the <OBJECT> is some <SPEED>.',
    ),
    'going': group(
        'The <OBJECT> is going <DIRECTION>.|It goes <DIRECTION>.|'
        'The <OBJECT> moves <DIRECTION>.|It is heading <DIRECTION>.|'
        'The <OBJECT> is heading <DIRECTION>.|It moves <DIRECTION>.|'
        'Going <DIRECTION>.|It is on its way <DIRECTION>.',
        'The way of the <OBJECT> leads <DIRECTION>.|It proceeds <DIRECTION>.',
    ),
    'turning': group(
        'The <OBJECT> is turning <SIDE>.|It turns <SIDE>.|'
        'The <OBJECT> turns to the <SIDE>.|It is turning to the <SIDE>.|'
        'The <OBJECT> goes to the <SIDE>.|It makes a turn to the <SIDE>.|'
        'The <OBJECT> is about to go <SIDE>.|It goes around to the <SIDE>.',
        'The <OBJECT> makes a turn to the <SIDE>.|It takes the turn to the <SIDE>.',
    ),
    'crosses': group(
        'Yes, the <OBJECT> might cross the path of the ego vehicle.|'
        'Yes, their paths cross.|Yes, the <OBJECT> comes into its way.|'
        'Yes, the ego vehicle must expect the <OBJECT>.|'
        'Yes, the <OBJECT> may get into the way of the ego vehicle.|'
        'Yes, a conflict is possible.|'
        'Yes, the way of the <OBJECT> crosses that of the ego vehicle.|'
        'Yes, their ways may cross.',
        'Yes, a conflict with the <OBJECT> is possible.|Yes, the <OBJECT> could be in the way.',
    ),
    'crosses_not': group(
        'No, the <OBJECT> does not cross the path of the ego vehicle.|'
        'No, their paths do not cross.|No, the <OBJECT> stays out of its way.|'
        'No, the <OBJECT> is in no conflict with it.|'
        'No, the way of the <OBJECT> does not cross that of the ego vehicle.|'
        'No, there is no conflict.|No, they go different ways.|'
        'No, the <OBJECT> does not come into the way.',
        'No, no conflict with the <OBJECT> is to be expected.|No, the <OBJECT> keeps clear of it.',
    ),
    'is_ahead': group(
        'Yes, the <OBJECT> is ahead on the path of the ego vehicle.|'
        'Yes, the <OBJECT> is already on its path.|'
        'Yes, the <OBJECT> drives or stands on the same way.|'
        'Yes, the <OBJECT> has the way ahead of it.|'
        'Yes, the <OBJECT> is on the same path, further ahead.|'
        'Yes, straight ahead on this path.|'
        'Yes, the ego vehicle comes up behind the <OBJECT>.|'
        'Yes, on the way ahead.',
        'Yes, the <OBJECT> is on the same way ahead.|'
        'Yes, the path ahead is taken by the <OBJECT>.',
    ),
}
