# SPDX-License-Identifier: Apache-2.0
"""The driving grammar in JSGF, for recognisers that need one."""

from __future__ import annotations

_TENS = 'ten fifteen twenty twenty-five thirty thirty-five forty forty-five fifty'
RULES: dict[str, tuple[str, ...]] = {
    'polite': (
        'please', 'could you [please]', 'can you', 'would you [please]', 'i want you to',
    ),
    'speed': tuple(word.replace('-', ' ') for word in _TENS.split()),
    'unit': ('kilometers per hour', 'kilometers an hour', 'miles per hour'),
    'side': ('left', 'right'),
    'place': (
        'junction', 'intersection', 'crossing', 'corner', 'traffic light', 'lights', 'street',
    ),
    'which': ('next', 'first', 'second', 'third'),
    'stop': (
        'stop', 'stop now', 'stop here', 'stop the car', 'halt', 'come to a stop', 'brake',
        'hit the brakes', 'stand still', 'stop please', 'bring the car to a halt',
    ),
    'emergency': ('emergency stop', 'stop immediately', 'stop stop stop', 'emergency brake'),
    'slower': (
        'slow down', 'slow down [a] [little] [bit]', 'drive slower', 'go slower',
        'drive more slowly', 'slower', 'reduce [your | the] speed', 'not so fast',
        "don't drive so fast", 'you are too fast', 'take it easy', 'ease off the gas',
        'go a [little] bit slower', 'brake a little',
    ),
    'faster': (
        'drive faster', 'go faster', 'faster', 'speed up [a] [little] [bit]', 'accelerate',
        'hurry up', 'increase [your | the] speed', 'you are too slow', 'pick up the pace',
        'go a [little] bit faster', 'give it more gas',
    ),
    'target': (
        '(drive | go) [at] <speed> <unit>', 'set [the | your] speed to <speed> <unit>',
        'slow down to <speed> <unit>', 'speed up to <speed> <unit>',
        'keep <speed> <unit>',
    ),
    'lane': (
        '(change | move | switch) [over] (to | into) the <side> lane', 'take the <side> lane',
        'go to the <side> lane', 'change lanes to the <side>', 'move one lane to the <side>',
        'use the <side> lane', '<side> lane', 'do a lane change to the <side>',
    ),
    'turn': (
        'turn <side> [here]', 'turn <side> at the [<which>] <place>', 'take the <which> <side>',
        'take the <which> street on the <side>', 'go <side> at the [<which>] <place>',
        'make a <side> turn', '(go | drive | keep) straight [on | ahead]',
        'go straight on at the [<which>] <place>', 'straight ahead', 'make a u-turn',
        'turn around [when possible]', 'at the <which> <place> turn <side>',
    ),
    'safe': (
        'pull over', 'stop at the next safe place', 'stop when it is safe',
        'stop as soon as possible', 'let me out', 'stop at the next opportunity',
    ),
    'on': ('go on', 'drive on', 'continue', 'keep going', 'carry on', 'go ahead'),
    'answer': ('yes', 'no', 'cancel that', 'never mind', 'thank you', 'hello'),
    'negated': (
        '(do not | never | don\'t) (stop | brake | slow down | turn <side> | speed up)',
    ),
    'unsafe': (
        '(run | ignore | jump) the (red light | lights | stop sign | speed limit)',
        'drive (on | onto) the (sidewalk | pavement)', 'crash into the car',
        '(hit | run over) the (pedestrian | cyclist | car | man | dog)',
        '(change | move) (to | into) the oncoming lane', 'drive on the wrong side [of the road]',
        'drive through the red light', 'as fast as you can',
        'drive one hundred [and] [<speed>] <unit>',
    ),
}  # fmt: skip
ORDERS = (
    'stop', 'emergency', 'slower', 'faster', 'target', 'lane', 'turn', 'safe', 'on', 'answer',
    'negated', 'unsafe',
)  # fmt: skip


def jsgf(wake_word: str = '') -> str:
    """Return the grammar; every sentence may begin politely, and with the wake word.

    Unsafe and negated orders are part of it, so that they are recognised and not taken for the
    harmless sentence that sounds most alike.
    """
    lines = ['#JSGF V1.0;', 'grammar driving;']
    lines += [f'<{name}> = {" | ".join(parts)};' for name, parts in RULES.items()]
    orders = ' | '.join(f'<{name}>' for name in ORDERS)
    wake = f'[{wake_word.lower()}] ' if wake_word else ''
    lines.append(f'public <order> = {wake}[<polite>] ({orders}) [please | now];')
    return '\n'.join(lines) + '\n'
