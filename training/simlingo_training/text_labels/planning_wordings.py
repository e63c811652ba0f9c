# SPDX-License-Identifier: Apache-2.0
"""Wordings of answers about what is to be done."""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup, group

PLANNING_ANSWERS: dict[str, WordingGroup] = {
    'go_on_green': group(
        'The ego vehicle may drive because the traffic light is green.|'
        'It can go on, the light is green.|Green means that it may pass.|'
        'It may pass the light.|It may go on.|The light is green, so it may pass.|'
        'Green: the ego vehicle may drive.|'
        'It is free to pass because the light is green.',
        'It may go on since it is green.|Passing is allowed, the light is green.',
    ),
    'stop_at_red': group(
        'The ego vehicle must stop at the traffic light because it is red.|'
        'It must stop, the light is red.|It has to wait for green.|Red means stop.|'
        'The light is red, so it has to stop.|Red: the ego vehicle must stop.|'
        'It must wait at the red light.|It may not pass before the light is green.',
        'It must not pass the red light.|The car has to stop for the red light.',
    ),
    'stop_at_yellow': group(
        'The ego vehicle should stop at the traffic light because it is yellow.|'
        'It should stop, the light turns red.|It should not pass the yellow light.|'
        'Yellow means to stop if that is possible.|'
        'The light is yellow, so it should stop.|'
        'Yellow: the ego vehicle should stop.|'
        'It should come to a stop, the light is yellow.|'
        'It should get ready to stop at the yellow light.',
        'It should hold at the yellow light.|The car should stop for the yellow light.',
    ),
    'stop_at_sign': group(
        'The ego vehicle must come to a stop at the stop sign.|'
        'It must stop at the line.|It has to stop before the sign.|'
        'It must make a full stop.|The ego vehicle has to stop at the stop sign.|'
        'It must come to a halt at the sign.|A full stop is needed at the line.|'
        'It must stop and then go on when the way is free.',
        'A full stop is due at the sign.|The car has to stop for the sign.',
    ),
    'sign_done': group(
        'The ego vehicle has stopped at the stop sign and may go on.|'
        'It has made its stop and can drive.|The stop is done, it may drive.|'
        'It may go on, it has stopped.|'
        'The stop at the sign is made, so it may go on.|'
        'It has obeyed the sign and may drive on.|'
        'It may leave the line, it has stopped.|'
        'The ego vehicle has obeyed the stop sign, so it can drive.',
        'After its stop it may drive on.|It may leave since it has stopped.',
    ),
    'no_sign_to_act_on': group(
        'There is no stop sign affecting the ego vehicle.|'
        'Nothing, there is no stop sign.|No stop sign holds for it.|'
        'It need not do anything for a stop sign.|Nothing, no stop sign is relevant.|'
        'No stop sign concerns the ego vehicle.|There is none to act on.|'
        'There is no stop sign to obey.',
        'No stop sign demands anything.|The car has no stop sign to obey.',
    ),
    'no_light_to_act_on': group(
        'There is no traffic light affecting the ego vehicle.|'
        'Nothing, there is no light.|No traffic light holds for it.|'
        'It need not do anything for a light.|Nothing, no traffic light is relevant.|'
        'No traffic light concerns the ego vehicle.|There is none to act on.|'
        'There is no traffic light to obey.',
        'No light demands anything.|The car has no light to obey.',
    ),
    'watch': group(
        'It should watch out for <LANES>.|For <LANES>.|It must look at <LANES>.|'
        '<LANES> matter.|It must look out for <LANES>.|It has to check <LANES>.|'
        'It has to pay attention to <LANES>.|What matters: <LANES>.',
        'It should check <LANES>.|Important are <LANES>.',
    ),
    'brake_stop': group(
        'The ego vehicle should stop<REASON>.|It must stop<REASON>.|'
        'It has to stop<REASON>.|It should come to a stop<REASON>.|'
        'It should stop<REASON>.|The car has to come to a stop<REASON>.|'
        'A stop is right<REASON>.|The right thing is to stop<REASON>.',
        'A stop is needed<REASON>.|The car has to stop<REASON>.',
    ),
    'brake_slow': group(
        'The ego vehicle should slow down<REASON>.|It must slow down<REASON>.|'
        'It should brake<REASON>.|It should reduce its speed<REASON>.|'
        'It has to slow down<REASON>.|It must lower its speed<REASON>.|'
        'Less speed is right<REASON>.|The right thing is to slow down<REASON>.',
        'Less speed is needed<REASON>.|The car has to slow down<REASON>.',
    ),
    'brake_stay': group(
        'The ego vehicle should remain stopped<REASON>.|'
        'It must keep standing<REASON>.|It should hold the brake<REASON>.|'
        'It should stay at a standstill<REASON>.|It should stay stopped<REASON>.|'
        'It must not move yet<REASON>.|It has to remain standing<REASON>.|'
        'The right thing is to remain stopped<REASON>.',
        'It has to stay where it is<REASON>.|The car has to remain stopped<REASON>.',
    ),
    'brake_not': group(
        'There is no reason for the ego vehicle to brake.|'
        'No, nothing makes it brake.|No, it need not brake.|'
        'No, there is no reason to.|No, it can go on without braking.|'
        'No, braking is not necessary.|There is nothing to brake for.|'
        'No, there is nothing to brake for.',
        'No, braking is not needed.|No, it has no reason to brake.',
    ),
    'speed_action': group(
        'It should <SPEED_ACTION>.|The ego vehicle should <SPEED_ACTION>.|'
        'The right thing is to <SPEED_ACTION>.|The car should <SPEED_ACTION>.|'
        'Now it should <SPEED_ACTION>.|It has to <SPEED_ACTION>.|'
        'It is right to <SPEED_ACTION>.|The ego vehicle has to <SPEED_ACTION>.',
        'It had better <SPEED_ACTION>.|What it should do is <SPEED_ACTION>.',
    ),
    'route_action': group(
        'It should <ROUTE_ACTION>.|The ego vehicle should <ROUTE_ACTION>.|'
        'The next thing is to <ROUTE_ACTION>.|The car should <ROUTE_ACTION>.|'
        'Now it should <ROUTE_ACTION>.|The task is to <ROUTE_ACTION>.|'
        'It is right to <ROUTE_ACTION>.|The ego vehicle has to <ROUTE_ACTION>.',
        'It has to <ROUTE_ACTION>.|What it should do is <ROUTE_ACTION>.',
    ),
}
