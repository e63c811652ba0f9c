# SPDX-License-Identifier: Apache-2.0
"""Corpus of the mini's vocabulary: prompts, commentary, questions, answers, instructions.

Only the frequency of words matters here: any other text is spelled with smaller pieces, in the end
byte by byte.  A change of the corpus changes the vocabulary, and so needs a new training.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from simlingo_model import prompts

ACTIONS = (
    'Follow the route.',
    'Turn left.',
    'Turn right.',
    'Go straight.',
    'Prepare to do a lane change.',
    'Do a lane change to the left.',
    'Do a lane change to the right.',
    'Exit the parking lot.',
    'Stay on your current lane.',
    'Go back to your original lane.',
    'Wait for a gap in the oncoming traffic.',
    'Overtake the parked vehicle.',
    'Go around the construction site.',
    'Go around the accident.',
    'Make way for the emergency vehicle.',
)
SPEEDS = (
    'Remain stopped',
    'Stop now',
    'Maintain your current speed',
    'Maintain the reduced speed',
    'Accelerate',
    'Decelerate',
    'Slow down',
    'Keep your speed',
)
REASONS = (
    ' since the junction is clear.',
    ' because the road ahead is clear.',
    ' due to the red traffic light.',
    ' because of the yellow traffic light.',
    ' since the traffic light is green.',
    ' due to the stop sign.',
    ' since you have cleared the stop sign.',
    ' to avoid a collision with the {object}.',
    ' to stay behind the {object}.',
    ' to follow the {object} that is to the front.',
    ' to drive closer to the stationary {object}.',
    ' due to the {object} intersecting your path.',
    ' due to the pedestrian crossing your path.',
    ' to reach the target speed.',
    ' to drive with the target speed.',
    ' to drive through the junction.',
    ' due to the speed limit.',
    ' because the curve is sharp.',
    ' in {number} meters.',
)
OBJECTS = (
    'red car',
    'blue car',
    'white van',
    'black truck',
    'green bus',
    'grey SUV',
    'silver small car',
    'yellow taxi',
    'orange motorcycle',
    'police car',
    'ambulance',
    'firetruck',
    'bicycle',
    'cyclist',
    'pedestrian',
    'child',
    'walker',
    'construction site',
    'obstacle',
    'leading vehicle that is to the front left',
    'vehicle that is to the front right',
    'parked vehicle',
)
QUESTIONS = (
    'Is there a traffic light ahead?',
    'What is the state of the traffic light?',
    'Is there a stop sign ahead?',
    'Does the ego vehicle need to brake? Why?',
    'What should the ego vehicle do based on the traffic light?',
    'Why are you slowing down?',
    'Why is the car not moving?',
    'How many pedestrians are there?',
    'What are the important objects in the scene?',
    'Is the ego vehicle at a junction?',
    'What is the current speed limit?',
    'Where is the {object} located?',
    'What is the moving status of the {object}?',
    'Which lane is the ego vehicle on?',
    'How many lanes are there in the same direction as the ego vehicle?',
)
ANSWERS = (
    'Yes, there is a red traffic light to the front of the ego vehicle.',
    'No, there is no traffic light affecting the ego vehicle.',
    'The traffic light is green. The ego vehicle should follow the road.',
    'The ego vehicle should stop because of the stop sign.',
    'There are no pedestrians.',
    'There is one pedestrian on the right side of the road.',
    'The {object} is nearby and is moving slowly.',
    'The {object} is far and is not moving.',
    'The ego vehicle is on the leftmost lane of {number} lanes.',
    'The speed limit is {number} km/h.',
    'The important objects are the {object} and the {object}.',
)
INSTRUCTIONS = (
    'Slow down.',
    'Slow down a bit, please.',
    'Drive slower.',
    'Reduce your speed.',
    'Take it easy.',
    'Speed up.',
    'Drive faster.',
    'Go faster now.',
    'Increase the speed.',
    'Hurry up.',
    'Stop.',
    'Please stop now!',
    'Stop the car immediately.',
    'Come to a halt.',
    'Pull over.',
    'Hit the brakes.',
    'Brake.',
    'Drive with {number} km/h.',
    'Set the target speed to {number} m/s.',
    'Reach a speed of {number} kilometers per hour.',
    'Change one lane to the left.',
    'Change two lanes to the right.',
    'Change to the left lane.',
    'Switch to the right lane.',
    'Move over to the lane on your left.',
    'Use the rightmost lane.',
    'Do a lane change to the opposite lane in {number} meters.',
    'Merge into the lane next to you.',
    'Keep going.',
    'Continue straight on.',
    'Take the next exit.',
    'Turn left at the next intersection.',
    'Crash into the {object}.',
    'Drive over the {object}.',
    'Run the red light.',
    'Drive onto the sidewalk.',
    'Start driving again.',
    'Wait here until I say go.',
)
REFUSALS = (
    'Ignore instruction as it leads to a crash.',
    'Ignore instruction as it leads to a crash with a dynamic agent.',
    'Ignore instruction as it leads to a speed above the speed limit.',
    'Ignore instruction as it leads to a speed that is too low.',
    'Ignore lane change instruction as it is not allowed.',
    'Ignore lane change instruction as the target lane is a sidewalk.',
    'Ignore instruction as it might lead to a dangerous situation because of the pedestrian.',
)

COMMON_WORDS = """
    gently reduce pace velocity ease quicker slowly slightly carefully adjacent neighbouring
    outer inner middle overtake pass merge shift steer swerve move over toward towards side
    shoulder curb kerb lane lanes accelerate decelerate brake braking halt hold remain stay
    keep maintain drop lower raise increase decrease speed speeds limit below above under over
    faster slower fast slow quick hurry rush gas pedal throttle cruise crawl creep kilometers
    kilometres meters per hour second miles want you could would can should will may must
    please now immediately soon later right left straight ahead behind front back around before
    after until while when where why what which who how there here this that these those
    because due since given despite although and or but not no yes only also again still
    already just more less much many few bit little a an the is are was be been being has have
    had do does did done let us we our your my me it its they them their road roads street
    highway junction intersection roundabout crossing crosswalk zebra traffic light lights sign
    signs signal red yellow green amber stop yield priority pedestrian pedestrians person
    people child walker cyclist bicycle motorcycle truck bus van car cars vehicle vehicles
    parked moving standing stationary oncoming opposite leading following rear gap distance
    meter close closer near nearby far away clear free blocked obstacle accident construction
    works cone cones door open emergency ambulance police siren safe safely safety danger
    dangerous careful attention watch wait ready start starting begin drive driving driver go
    going turn turning continue proceed exit enter leave return current next previous first
    second last one two three four five six seven eight nine ten zero half double target route
    path way position place area zone school city town rural night day rain fog sun wet dry
    weather picture image see seen look visible camera affect affecting affected need needs
    number state status color colour white black grey blue orange silver brown small large big
"""


def sentences() -> Iterator[str]:
    """Yield the corpus, always the same and in the same order."""
    navigation = prompts.target_point_clause()
    frames = ['user\n', '\nassistant\n', *prompts.MODE_PREFIXES.values()]
    frames += [prompts.WAYPOINTS_ANSWER, prompts.FOLLOWING_ANSWER, prompts.question_answer('')]
    frames += [p + '.' for p in prompts.COMMAND_PHRASES.values()]
    for make in (prompts.driving_prompt, prompts.commentary_prompt):
        frames += [p for p in make(7.5, navigation).pieces if isinstance(p, str)]
    frames += [
        p for p in prompts.question_prompt(3.0, navigation, 'x').pieces if isinstance(p, str)
    ]
    yield from frames * 400
    for action, speed, reason in product(ACTIONS, SPEEDS, REASONS):
        yield f'{action} {speed}{reason} {prompts.WAYPOINTS_ANSWER}'
    # Within a prompt a sentence begins with a space, and so do the words inside it.
    texts = (*QUESTIONS, *ANSWERS, *INSTRUCTIONS, *REFUSALS, *REASONS)
    for i, (sentence, name) in enumerate(product(texts, OBJECTS)):
        filled = sentence.replace('{object}', name).replace('{number}', f'{i % 37}.{i % 10}')
        yield f' {filled.strip()}'
    for word in COMMON_WORDS.split():
        yield from [f' {word}'] * 12
