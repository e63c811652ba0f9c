# SPDX-License-Identifier: Apache-2.0
"""Wordings of answers about the road; where upstream has one for "nothing", it is the first."""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup, group

ROAD_ANSWERS: dict[str, WordingGroup] = {
    'in_the_junction': group(
        'Yes, the ego vehicle is in a junction.|Yes, it is inside of a junction.|'
        'Yes, it crosses a junction now.|Yes, it is within an intersection.|'
        'Yes, it is in the junction.|Yes, the car is inside of an intersection.|'
        'Yes, it is just crossing one.|Yes, this is a junction.',
        'Yes, the car is in the junction.|Yes, it drives through a junction.',
    ),
    'before_junction': group(
        'Yes, a junction is ahead in about <DISTANCE>.|Yes, in about <DISTANCE>.|'
        'Yes, the junction begins in about <DISTANCE>.|'
        'Yes, it is about <DISTANCE> away.|Yes, there is one in about <DISTANCE>.|'
        'Yes, an intersection is about <DISTANCE> ahead.|'
        'Yes, after about <DISTANCE>.|'
        'Yes, the next junction is about <DISTANCE> away.',
        'Yes, there is a junction some <DISTANCE> ahead.|'
        'Yes, it comes to one in about <DISTANCE>.',
    ),
    'no_junction': group(
        'No, the ego vehicle is not affected by a junction.|'
        'No, there is no junction near.|No, it is not at a junction.|'
        'No junction is close.|No, there is no intersection close by.|'
        'No, none is near.|No, the road goes on without a junction.|'
        'No, it is far from any junction.',
        'No, no junction is near.|No, it is away from junctions.',
    ),
    'count_same': group(
        'There are <COUNT> lanes in the direction of the ego vehicle.|<COUNT> lanes.|'
        'The own direction has <COUNT> lanes.|It can use <COUNT> lanes.|'
        'There are <COUNT>.|The number of lanes is <COUNT>.|'
        '<COUNT> lanes lead this way.|The road has <COUNT> lanes in this direction.',
        'The number is <COUNT>.|<COUNT> lanes go in the own direction.',
    ),
    'one_same': group(
        'There is one lane in the direction of the ego vehicle.|One lane.|'
        'The own direction has one lane.|It can use one lane.|There is one.|'
        'There is only one lane.|A single lane leads this way.|'
        'The road has one lane in this direction.',
        'The number is one.|Only one lane goes in the own direction.',
    ),
    'count_opposite': group(
        'There are <COUNT> lanes in the opposite direction.|<COUNT> lanes.|'
        'The opposite direction has <COUNT> lanes.|'
        'Oncoming traffic has <COUNT> lanes.|There are <COUNT>.|'
        'The number of oncoming lanes is <COUNT>.|<COUNT> lanes lead the other way.|'
        'The road has <COUNT> lanes for oncoming traffic.',
        'The number is <COUNT>.|<COUNT> lanes go the opposite way.',
    ),
    'one_opposite': group(
        'There is one lane in the opposite direction.|One lane.|'
        'The opposite direction has one lane.|Oncoming traffic has one lane.|'
        'There is one.|There is only one oncoming lane.|'
        'A single lane leads the other way.|'
        'The road has one lane for oncoming traffic.',
        'The number is one.|Only one lane goes the opposite way.',
    ),
    'none_opposite': group(
        'There are no lanes in the opposite direction.|None, it is a one-way road.|'
        'There is no oncoming lane.|No lane leads the other way.|None.|'
        'There are none.|There is no lane for oncoming traffic.|'
        'The road leads in one direction only.',
        'No lane is for oncoming traffic.|The opposite direction has no lane.',
    ),
    'lane_number': group(
        'The ego vehicle is on lane <NUMBER>.|It is lane <NUMBER>.|'
        'The own lane is number <NUMBER>.|On lane <NUMBER>.|Lane <NUMBER>.|'
        'It drives on lane <NUMBER>.|The number of the lane is <NUMBER>.|'
        'The car is on number <NUMBER>.',
        'The car uses lane <NUMBER>.|Its lane has the number <NUMBER>.',
    ),
    'marking': group(
        'The lane marking to the <SIDE> is a <MARKING>.|It is a <MARKING>.|'
        'On the <SIDE> is a <MARKING>.|There is a <MARKING>.|A <MARKING>.|'
        'The line there is a <MARKING>.|'
        'The own lane ends at a <MARKING> on the <SIDE>.|'
        'The lane is bounded by a <MARKING> there.',
        'The line on the <SIDE> is a <MARKING>.|The <SIDE> of the lane has a <MARKING>.',
    ),
    'no_marking': group(
        'There is no lane marking to the <SIDE>.|There is none.|'
        'The lane has no marking on the <SIDE>.|No line is on the <SIDE>.|'
        'There is no line.|Nothing is painted there.|'
        'The <SIDE> of the lane is not marked.|The lane has no line on this side.',
        'Nothing is marked on the <SIDE>.|No marking is to the <SIDE>.',
    ),
    'may_side': group(
        'The ego vehicle is allowed to change lanes to the <SIDE>.|To the <SIDE>.|'
        'A change to the <SIDE> is allowed.|It may change to the <SIDE>.|'
        'It is allowed to change to the <SIDE> only.|'
        'The markings allow a change to the <SIDE>.|'
        'The <SIDE> is the only side that is allowed.|'
        'A lane change to the <SIDE> is legal.',
        'Only to the <SIDE>.|The car may go to the <SIDE>.',
    ),
    'may_both': group(
        'The ego vehicle is allowed to change lanes to both sides.|'
        'To the left and right.|Changes to both sides are allowed.|'
        'It may change to either side.|It may change to the left and to the right.|'
        'The markings allow both.|To both sides.|'
        'Lane changes to the left and right are legal.',
        'To either side.|Both sides are allowed.',
    ),
    'may_none': group(
        'The ego vehicle is not allowed to change lanes.|To no side.|'
        'No lane change is allowed.|It must stay on its lane.|None is allowed.|'
        'The markings allow no lane change.|The ego vehicle may not leave its lane.|'
        'A lane change is not permitted.',
        'It may not leave its lane.|No lane change is legal here.',
    ),
    'enter_side': group(
        'Other vehicles may change into the ego lane from the <SIDE>.|'
        'From the <SIDE>.|Vehicles on the <SIDE> may come in.|'
        'They may come from the <SIDE>.|Others may enter from the <SIDE>.|'
        'Only vehicles on the <SIDE> may come in.|'
        'A change from the <SIDE> is allowed.|'
        'It is the <SIDE> from where they may come.',
        'Only from the <SIDE>.|Vehicles may merge in from the <SIDE>.',
    ),
    'enter_both': group(
        'Other vehicles may change into the ego lane from both sides.|'
        'From both sides.|Vehicles on either side may come in.|'
        'They may come from left and right.|From the left and right.|'
        'Others may enter on either side.|Vehicles on both sides may come in.|'
        'It is allowed from both sides.',
        'From either side.|Vehicles may merge in from left and right.',
    ),
    'enter_none': group(
        'No vehicle is allowed to change into the ego lane.|From no side.|'
        'Nobody may change into the own lane.|They must not come in.|No one may.|'
        'Others may not enter from any side.|It is not allowed from any side.|'
        'No vehicle may merge into the own lane.',
        'No one may enter it.|Vehicles may not merge in.',
    ),
    'limit': group(
        'The current speed limit is <SPEED>.|It is <SPEED>.|The limit is <SPEED>.|'
        'Up to <SPEED> is allowed.|<SPEED>.|At most <SPEED>.|'
        'The road has a limit of <SPEED>.|<SPEED> is allowed here.',
        'One may drive <SPEED>.|The highest speed allowed is <SPEED>.',
    ),
}
