# SPDX-License-Identifier: Apache-2.0
"""Wordings of questions; the first of each is upstream's (upstream_spec §6.2)."""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup, group

QUESTIONS: dict[str, WordingGroup] = {
    'important_objects': group(
        'What are the important objects in the scene?|Which objects matter here?|'
        'What should the ego vehicle pay attention to?|Name the important objects in the image.|'
        'Which things in the scene are important for driving?|What is important around here?|'
        'Which objects should the driver watch?|List the important objects.',
        'What objects are relevant in this scene?|Which objects need attention?',
    ),
    'where_on_road': group(
        'Where on the road is the <OBJECT> located?|On which part of the road is the <OBJECT>?|'
        'Which lane is the <OBJECT> on?|Where is the <OBJECT>?|'
        'On what lane can the <OBJECT> be found?|Where does the <OBJECT> stand or drive?|'
        'What is the position of the <OBJECT> on the road?|Tell where the <OBJECT> is.',
        'Which lane does the <OBJECT> use?|Where on the street is the <OBJECT>?',
    ),
    'where_going': group(
        'Where is the <OBJECT> going?|In which direction does the <OBJECT> move?|'
        'Where is the <OBJECT> heading?|Which way does the <OBJECT> go?|'
        'What direction does the <OBJECT> take?|Does the <OBJECT> turn or go straight?|'
        'What is the course of the <OBJECT>?|Which direction is the <OBJECT> driving in?',
        'Where is the <OBJECT> off to?|Which way is the <OBJECT> moving?',
    ),
    'moving_status': group(
        'What is the moving status of the <OBJECT>?|Is the <OBJECT> moving?|'
        'Does the <OBJECT> move or stand?|How fast is the <OBJECT>?|'
        'How does the <OBJECT> move?|Is the <OBJECT> standing still?|'
        'What can be seen of the motion of the <OBJECT>?|Is the <OBJECT> in motion?',
        'Does the <OBJECT> stand still?|How is the <OBJECT> moving?',
    ),
    'crosses': group(
        'The ego vehicle <COMMAND>. Is the <OBJECT> potentially crossing the path of the ego '
        'vehicle?|The ego vehicle <COMMAND>. Could the <OBJECT> cross its path?|'
        'The ego vehicle <COMMAND>. Will the <OBJECT> come into its way?|'
        'The ego vehicle <COMMAND>. Is the <OBJECT> in conflict with it?|'
        'The ego vehicle <COMMAND>. Do its way and that of the <OBJECT> cross?|'
        'The ego vehicle <COMMAND>. Must it expect the <OBJECT> in its way?|'
        'The ego vehicle <COMMAND>. Can the <OBJECT> get in front of it?|'
        'The ego vehicle <COMMAND>. Does the <OBJECT> cross its way?',
        'The ego vehicle <COMMAND>. Might the <OBJECT> get into its way?|'
        'The ego vehicle <COMMAND>. Is a conflict with the <OBJECT> possible?',
    ),
    'at_junction': group(
        'Is the ego vehicle at a junction?|Is the car at an intersection?|'
        'Is there a junction here?|Does the ego vehicle come to a junction?|'
        'Is a junction close?|Is the ego vehicle near an intersection?|'
        'Has the ego vehicle reached a junction?|Is the ego vehicle in or before a junction?',
        'Is the car close to a crossing?|Is there an intersection nearby?',
    ),
    'lanes_same': group(
        'How many lanes are there in the same direction as the ego vehicle is driving?|'
        'How many lanes lead in the direction of the ego vehicle?|'
        'How many lanes does the own direction have?|Count the lanes of the own direction.|'
        'How many lanes can the ego vehicle use?|'
        'What is the number of lanes in the driving direction?|'
        'How many lanes go the same way as the ego vehicle?|'
        'How wide is the own side of the road, in lanes?',
        'How many lanes run in the own direction?|Number of lanes in the same direction?',
    ),
    'lanes_opposite': group(
        'How many lanes are there in the opposite direction?|'
        'How many lanes lead the other way?|How many oncoming lanes are there?|'
        'Count the lanes of the opposite direction.|How many lanes does oncoming traffic have?|'
        'What is the number of lanes in the opposite direction?|'
        'How many lanes go against the ego vehicle?|How wide is the other side, in lanes?',
        'How many lanes run the opposite way?|Number of oncoming lanes?',
    ),
    'own_lane': group(
        'Which lane is the ego vehicle on, counted from the left with 0?|'
        'On which lane does the ego vehicle drive, if the leftmost is 0?|'
        'What is the number of the own lane, from 0 on the left?|'
        'Give the index of the own lane, the leftmost is 0.|'
        'Which lane is the own one, counting from 0 at the left?|'
        'On what lane is the car, with 0 for the leftmost?|'
        'What is the lane number of the ego vehicle, 0 being the leftmost?|'
        'Which lane of its direction does the car use, from 0 on the left?',
        'What lane, from 0 at the left, is the car on?|Index of the own lane from the left?',
    ),
    'marking': group(
        'What is the lane marking to the <SIDE> of the ego vehicle?|'
        'What marking is on the <SIDE> of the own lane?|'
        'Which line is to the <SIDE> of the ego vehicle?|'
        'What kind of line bounds the lane on the <SIDE>?|'
        'How is the own lane marked on the <SIDE>?|What does the line on the <SIDE> look like?|'
        'Is the marking on the <SIDE> solid or broken?|Describe the marking on the <SIDE>.',
        'What line does the own lane have on its <SIDE>?|Which marking is at the <SIDE>?',
    ),
    'may_change': group(
        'In which direction is the ego car allowed to change lanes?|'
        'To which side may the ego vehicle change the lane?|'
        'Where may the car change lanes to?|Which lane changes are allowed?|'
        'Is the ego vehicle allowed to change lanes, and where to?|'
        'May the car change to the left or right?|What lane changes do the markings allow?|'
        'Which way can the ego vehicle legally change its lane?',
        'Which lane change is permitted?|May the ego vehicle leave its lane, and to which side?',
    ),
    'others_enter': group(
        'From which side are other vehicles allowed to change lanes into the ego lane?|'
        'From where may others change into the own lane?|'
        'From which side can vehicles come into the lane of the ego vehicle?|'
        'Which neighbours may move into the own lane?|'
        'Where can others legally merge into the own lane from?|'
        'From which side may somebody change in front of the car?|'
        'On which side may others enter the lane?|Who may change into the own lane?',
        'From what side can others merge in?|From where are others permitted to enter the lane?',
    ),
    'speed_limit': group(
        'What is the current speed limit?|How fast is the ego vehicle allowed to drive?|'
        'Which speed limit holds here?|What speed is allowed?|'
        'How fast may one drive here?|What is the highest speed allowed?|'
        'Which limit must the ego vehicle keep to?|Tell the speed limit.',
        'What is the limit on this road?|How fast may the car go here?',
    ),
    'obstacle': group(
        'Is there an obstacle on the current road?|Does anything block the road?|'
        'Is something in the way?|Is the own lane blocked?|Is there an obstruction ahead?|'
        'Does an obstacle stand in the lane?|Is the road ahead blocked?|'
        'Is there anything to go around?',
        'Is an obstacle in the way?|Is the lane obstructed?',
    ),
    'must_deviate': group(
        'Does the ego vehicle need to change lanes or deviate from the lane due to an upcoming '
        'obstruction?|Must the ego vehicle leave its lane for an obstacle?|'
        'Does the car have to go around something?|Is it necessary to leave the lane?|'
        'Does an obstruction make the car deviate?|Must the car swerve for something ahead?|'
        'Is a detour around an obstacle needed?|Does the ego vehicle have to move out?',
        'Does the lane have to be left?|Must the car avoid an obstruction?',
    ),
    'stop_sign': group(
        'Is the ego vehicle affected by a stop sign?|Is there a stop sign for the ego vehicle?|'
        'Must the ego vehicle obey a stop sign?|Does a stop sign hold for the car?|'
        'Is a stop sign ahead?|Does the car come to a stop sign?|'
        'Is there a stop sign to obey?|Does a stop sign concern the ego vehicle?',
        'Does the car face a stop sign?|Is a stop sign relevant for the car?',
    ),
    'light': group(
        'Is the ego vehicle affected by a traffic light?|'
        'Is there a traffic light for the ego vehicle?|'
        'Must the ego vehicle obey a traffic light?|Does a traffic light hold for the car?|'
        'Is a traffic light ahead?|Does the car come to a traffic light?|'
        'Is there a light to obey?|Does a traffic light concern the ego vehicle?',
        'Does the car face a traffic light?|Is a traffic light relevant for the car?',
    ),
    'light_state': group(
        'What is the state of the traffic light?|Which colour does the traffic light show?|'
        'Is the traffic light red or green?|What does the traffic light show?|'
        'Which colour is the light?|What is the light showing?|'
        'Tell the colour of the traffic light.|Is the light green?',
        'What colour has the traffic light?|How is the traffic light?',
    ),
    'act_on_light': group(
        'What should the ego vehicle do based on the traffic light?|'
        'What does the traffic light mean for the ego vehicle?|'
        'How should the car react to the traffic light?|'
        'What must the car do because of the light?|What does the light demand?|'
        'May the car pass the traffic light?|What is to be done at the traffic light?|'
        'How does the traffic light affect the driving?',
        'What is right at this traffic light?|How to respond to the light?',
    ),
    'act_on_stop': group(
        'What should the ego vehicle do based on the stop sign?|'
        'What does the stop sign mean for the ego vehicle?|'
        'How should the car react to the stop sign?|'
        'What must the car do because of the stop sign?|What does the stop sign demand?|'
        'Must the car stop at the stop sign?|What is to be done at the stop sign?|'
        'How does the stop sign affect the driving?',
        'What is right at this stop sign?|How to respond to the stop sign?',
    ),
    'pedestrians': group(
        'How many pedestrians are there?|How many people on foot can be seen?|'
        'Are there pedestrians?|Count the pedestrians.|How many walkers are visible?|'
        'Is anyone on foot nearby?|What is the number of pedestrians?|'
        'How many people walk here?',
        'Can pedestrians be seen?|How many pedestrians are in view?',
    ),
    'watch_lanes': group(
        'The ego vehicle wants to <INTENT>. Which lanes and vehicles should it watch out for?|'
        'The ego vehicle wants to <INTENT>. Where can other vehicles come from?|'
        'The ego vehicle wants to <INTENT>. Which traffic matters?|'
        'The ego vehicle wants to <INTENT>. What traffic must it look out for?|'
        'The ego vehicle wants to <INTENT>. Which directions should it check?|'
        'The ego vehicle wants to <INTENT>. Who may be in its way?|'
        'The ego vehicle wants to <INTENT>. What should it pay attention to?|'
        'The ego vehicle wants to <INTENT>. Which lanes should be clear?',
        'The ego vehicle wants to <INTENT>. What should it look at?|'
        'The ego vehicle wants to <INTENT>. Which lanes matter?',
    ),
    'brake': group(
        'Does the ego vehicle need to brake? Why?|Should the car brake, and for what reason?|'
        'Is braking necessary? Why?|Why should the ego vehicle brake, if at all?|'
        'Must the car slow down? Give the reason.|Is there a reason to brake?|'
        'Does something force the car to brake?|What would be the reason to brake now?',
        'Is it necessary to brake, and why?|Why brake?',
    ),
    'next_speed': group(
        'What should the ego vehicle do with its speed?|How should the speed change?|'
        'Should the ego vehicle drive faster or slower?|What is right for the speed now?|'
        'Should the car accelerate, brake or keep its speed?|What should happen to the speed?|'
        'How fast should the car go, compared with now?|Which change of speed is right?',
        'Faster, slower or the same speed?|What to do with the speed?',
    ),
    'next_route': group(
        'What should the ego vehicle do with its lane?|Which way should the ego vehicle go?|'
        'Should the car follow the road, turn or change lanes?|What is the next manoeuvre?|'
        'Where should the car steer?|Which manoeuvre comes next?|'
        'How does the way of the ego vehicle go on?|What should the car do at the wheel?',
        'Where should the ego vehicle drive?|What manoeuvre is due?',
    ),
}
