# SPDX-License-Identifier: Apache-2.0
"""Wordings of commentary on routes and speeds; reasons are in ``reason_wordings``.

Groups that upstream has too bear its names (upstream_spec §6.1).
"""

from __future__ import annotations

from simlingo_training.text_labels.wording_groups import WordingGroup

ROUTE_ACTIONS: dict[str, WordingGroup] = {
    'follow_route': WordingGroup(
        (
            'Follow the route',
            'Keep following the route',
            'Stay on the route',
            'Continue along the route',
            'Keep to the planned route',
            'Drive along the route',
            'Follow the road',
            'Go on along the road',
        ),
        ('Carry on along the route', 'Keep to the route ahead'),
    ),
    'turn_left': WordingGroup(
        (
            'Turn left',
            'Make a left turn',
            'Take the left turn',
            'Steer left into the turn',
            'Follow the route to the left',
            'Turn to the left here',
            'Take the road to the left',
            'Go left at the junction',
        ),
        ('Turn left at the junction', 'Bear left at the junction'),
    ),
    'turn_right': WordingGroup(
        (
            'Turn right',
            'Make a right turn',
            'Take the right turn',
            'Steer right into the turn',
            'Follow the route to the right',
            'Turn to the right here',
            'Take the road to the right',
            'Go right at the junction',
        ),
        ('Turn right at the junction', 'Bear right at the junction'),
    ),
    'go_straight': WordingGroup(
        (
            'Go straight',
            'Go straight across the junction',
            'Continue straight ahead',
            'Drive straight on',
            'Keep straight at the junction',
            'Cross the junction straight ahead',
            'Stay straight',
            'Follow the road straight ahead',
        ),
        ('Head straight over the junction', 'Carry on straight'),
    ),
    'change_lane_left': WordingGroup(
        (
            'Change to the left lane',
            'Do a lane change to the left',
            'Move over to the left lane',
            'Switch to the lane on the left',
            'Merge into the left lane',
            'Go over to the left lane',
            'Take the lane to your left',
            'Change lanes to the left',
        ),
        ('Shift to the left lane', 'Move one lane to the left'),
    ),
    'change_lane_right': WordingGroup(
        (
            'Change to the right lane',
            'Do a lane change to the right',
            'Move over to the right lane',
            'Switch to the lane on the right',
            'Merge into the right lane',
            'Go over to the right lane',
            'Take the lane to your right',
            'Change lanes to the right',
        ),
        ('Shift to the right lane', 'Move one lane to the right'),
    ),
    'exit_parking': WordingGroup(
        (
            'Exit the parking lot',
            'Leave the parking place',
            'Pull out of the parking place',
            'Drive out of the parking lane',
            'Leave the parking lane',
            'Pull out onto the road',
            'Get out of the parking place',
            'Move from the parking place onto the road',
        ),
        ('Pull away from the kerb', 'Come out of the parking lane'),
    ),
    'prepare': WordingGroup(
        (
            'Prepare to',
            'Get ready to',
            'Be prepared to',
            'Be ready to',
            'Plan to',
            'Soon,',
            'In a moment,',
            'Make ready to',
        ),
        ('Get set to', 'Shortly,'),
    ),
}

OBSTACLE_ACTIONS: dict[str, WordingGroup] = {
    'ParkedObstacle': WordingGroup(
        (
            'Overtake the <OBSTACLE> that blocks the lane',
            'Pass the <OBSTACLE> standing in your lane',
            'Drive around the stationary <OBSTACLE>',
            'Go around the <OBSTACLE> in the way',
            'Swerve around the <OBSTACLE> that has stopped ahead',
            'Move around the <OBSTACLE> on your lane',
            'Get past the <OBSTACLE> that stands in the way',
            'Steer around the <OBSTACLE> in your lane',
        ),
        ('Bypass the parked <OBSTACLE>', 'Drive past the standing <OBSTACLE>'),
    ),
    'HazardAtSideLane': WordingGroup(
        (
            'Overtake the <OBSTACLE> at the side of the lane',
            'Pass the slow <OBSTACLE> with enough distance',
            'Drive around the <OBSTACLE> on the side of your lane',
            'Go past the <OBSTACLE> and keep your distance',
            'Leave room and pass the <OBSTACLE>',
            'Move out and overtake the <OBSTACLE>',
            'Give the <OBSTACLE> space and overtake it',
            'Get past the <OBSTACLE> that drives at the edge',
        ),
        ('Overtake the slow <OBSTACLE> ahead', 'Keep clear of the <OBSTACLE> and pass it'),
    ),
    'VehicleOpensDoor': WordingGroup(
        (
            'Drive around the <OBSTACLE> with the open door',
            'Pass the <OBSTACLE> whose door is open',
            'Move out because the <OBSTACLE> has opened its door',
            'Go around the open door of the <OBSTACLE>',
            'Steer around the door of the <OBSTACLE>',
            'Keep away from the open door of the <OBSTACLE>',
            'Leave room for the open door of the <OBSTACLE>',
            'Get past the <OBSTACLE> and its open door',
        ),
        ('Avoid the opened door of the <OBSTACLE>', 'Swing around the door of the <OBSTACLE>'),
    ),
    'YieldToEmergencyVehicle': WordingGroup(
        (
            'Make way for the emergency vehicle',
            'Move aside for the emergency vehicle',
            'Let the emergency vehicle pass',
            'Clear the lane for the emergency vehicle',
            'Give way to the emergency vehicle',
            'Free the lane for the emergency vehicle',
            'Go to the side and let the emergency vehicle through',
            'Leave the lane to the emergency vehicle',
        ),
        ('Get out of the way of the emergency vehicle', 'Yield to the emergency vehicle'),
    ),
    'Accident': WordingGroup(
        (
            'Go around the accident',
            'Drive around the accident in your lane',
            'Pass the scene of the accident',
            'Change the lane to pass the accident',
            'Move around the crashed vehicles',
            'Steer past the accident ahead',
            'Get past the accident that blocks the lane',
            'Avoid the accident by moving over',
        ),
        ('Bypass the accident', 'Drive past the crash site'),
    ),
    'ConstructionObstacle': WordingGroup(
        (
            'Go around the construction site',
            'Drive around the construction site in your lane',
            'Pass the construction site',
            'Move around the road works',
            'Steer past the construction site ahead',
            'Get past the road works that block the lane',
            'Change the lane to pass the construction site',
            'Avoid the construction site by moving over',
        ),
        ('Bypass the road works', 'Drive past the construction zone'),
    ),
    'InvadingTurn': WordingGroup(
        (
            'Shift slightly to the right for the oncoming traffic in your lane',
            'Keep to the right because oncoming vehicles cut the bend',
            'Move to the right edge to leave room for oncoming vehicles',
            'Stay right to avoid the oncoming traffic in your lane',
            'Make room on the left for the oncoming vehicles',
            'Drive further right since oncoming traffic enters your lane',
            'Hug the right edge to let the oncoming vehicles pass',
            'Give the oncoming vehicles room by moving to the right',
        ),
        (
            'Keep far right because of the oncoming traffic',
            'Move over to the right for oncoming vehicles',
        ),
    ),
    'wait_gap': WordingGroup(
        (
            'Wait for a gap in the traffic before you pass the <OBSTACLE>',
            'Give way to the oncoming traffic before you go around the <OBSTACLE>',
            'Stay behind the <OBSTACLE> until the other lane is free',
            'Wait until there is room to pass the <OBSTACLE>',
            'Let the oncoming traffic through before you overtake the <OBSTACLE>',
            'Hold back behind the <OBSTACLE> until the gap is large enough',
            'Wait behind the <OBSTACLE> for a free opposite lane',
            'Wait for the traffic to leave a gap before you overtake the <OBSTACLE>',
        ),
        (
            'Wait with overtaking the <OBSTACLE> until the lane is clear',
            'Let the others pass before you go around the <OBSTACLE>',
        ),
    ),
    'gap_big': WordingGroup(
        (
            'Start to pass the <OBSTACLE> since the gap is large enough',
            'Overtake the <OBSTACLE> now because the other lane is free',
            'Pull out and pass the <OBSTACLE> while the other lane is clear',
            'Use the gap in the traffic to pass the <OBSTACLE>',
            'Begin to go around the <OBSTACLE> as the way is free',
            'Move out now to pass the <OBSTACLE>',
            'Take the gap and drive around the <OBSTACLE>',
            'Go around the <OBSTACLE> as no traffic comes the other way',
        ),
        (
            'Pass the <OBSTACLE> now that there is room',
            'Drive around the <OBSTACLE> while the lane is clear',
        ),
    ),
    'stay_on_other_lane': WordingGroup(
        (
            'Stay on the other lane to pass the <OBSTACLE>',
            'Keep to the other lane until the <OBSTACLE> is behind you',
            'Remain on the other lane while you pass the <OBSTACLE>',
            'Continue past the <OBSTACLE> on the other lane',
            'Keep going beside the <OBSTACLE>',
            'Stay out until you have passed the <OBSTACLE>',
            'Finish passing the <OBSTACLE> before you move back',
            'Drive on past the <OBSTACLE> on this lane',
        ),
        (
            'Keep on passing the <OBSTACLE>',
            'Hold this lane until the <OBSTACLE> is passed',
        ),
    ),
    'go_back': WordingGroup(
        (
            'Return to your original lane after passing the <OBSTACLE>',
            'Go back to your lane now that the <OBSTACLE> is behind you',
            'Move back to your own lane behind the <OBSTACLE>',
            'Steer back to the original route after the <OBSTACLE>',
            'Return to the route since you have passed the <OBSTACLE>',
            'Pull back in after overtaking the <OBSTACLE>',
            'Come back to your lane after the <OBSTACLE>',
            'Merge back into your lane past the <OBSTACLE>',
        ),
        (
            'Get back into your lane after the <OBSTACLE>',
            'Swing back to your lane now that you are past the <OBSTACLE>',
        ),
    ),
}

SPEED_ACTIONS: dict[str, WordingGroup] = {
    'remain_stopped': WordingGroup(
        (
            'Remain stopped',
            'Stay stopped',
            'Keep standing',
            'Stay where you are',
            'Do not move yet',
            'Keep the car at a standstill',
            'Hold the brake',
            'Continue to wait',
        ),
        ('Stand still', 'Wait without moving'),
    ),
    'stop_now': WordingGroup(
        (
            'Stop now',
            'Come to a stop',
            'Brake to a standstill',
            'Bring the car to a halt',
            'Stop the car',
            'Halt now',
            'Brake until you stand',
            'Make a full stop',
        ),
        ('Come to a halt', 'Stop right here'),
    ),
    'maintain_speed': WordingGroup(
        (
            'Maintain your current speed',
            'Keep your speed',
            'Hold the current speed',
            'Keep driving at this speed',
            'Stay at your current speed',
            'Continue at the same speed',
            'Keep the speed as it is',
            'Drive on at a steady speed',
        ),
        ('Carry on at this speed', 'Leave the speed unchanged'),
    ),
    'maintain_reduced_speed': WordingGroup(
        (
            'Maintain the reduced speed',
            'Keep the reduced speed',
            'Stay at the lower speed',
            'Keep driving slowly',
            'Hold the low speed',
            'Continue at a reduced speed',
            'Stay slow',
            'Drive on at the lower speed',
        ),
        ('Remain at the reduced speed', 'Keep the speed low'),
    ),
    'accelerate': WordingGroup(
        (
            'Accelerate',
            'Speed up',
            'Increase your speed',
            'Drive faster',
            'Pick up speed',
            'Gain speed',
            'Press the throttle',
            'Raise your speed',
        ),
        ('Go faster', 'Gather speed'),
    ),
    'decelerate': WordingGroup(
        (
            'Decelerate',
            'Slow down',
            'Reduce your speed',
            'Brake',
            'Lower your speed',
            'Drive more slowly',
            'Take your speed down',
            'Lose speed',
        ),
        ('Cut your speed', 'Slow the car'),
    ),
}
