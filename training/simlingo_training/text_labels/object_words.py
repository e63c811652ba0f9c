# SPDX-License-Identifier: Apache-2.0
"""Words for road users and objects: colour, type and place (upstream_spec §6.1, §6.2)."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from enum import StrEnum

STRAIGHT_AHEAD_M = 2.0
FAR_M, NEARBY_M = 25.0, 15.0


class Category(StrEnum):
    """What an object is, as far as the rules of the labels tell objects apart."""

    VEHICLE = 'vehicle'
    WALKER = 'walker'
    STATIC = 'static'
    TRAFFIC_LIGHT = 'traffic_light'
    STOP_SIGN = 'stop_sign'


# Kinds of the embedded simulator and classes of upstream's boxes; the word is used where the
# blueprint says nothing better.
_CLASSES: dict[str, tuple[Category, str]] = {
    'car': (Category.VEHICLE, 'car'),
    'suv': (Category.VEHICLE, 'SUV'),
    'van': (Category.VEHICLE, 'van'),
    'truck': (Category.VEHICLE, 'truck'),
    'bus': (Category.VEHICLE, 'bus'),
    'bicycle': (Category.VEHICLE, 'bicycle'),
    'motorcycle': (Category.VEHICLE, 'motorcycle'),
    'ambulance': (Category.VEHICLE, 'ambulance'),
    'police': (Category.VEHICLE, 'police car'),
    'static_car': (Category.VEHICLE, 'car'),
    'walker': (Category.WALKER, 'pedestrian'),
    'pedestrian': (Category.WALKER, 'pedestrian'),
    'child': (Category.WALKER, 'child'),
    'dog': (Category.WALKER, 'dog'),
    'cone': (Category.STATIC, 'traffic cone'),
    'warning_sign': (Category.STATIC, 'warning sign'),
    'static_trafficwarning': (Category.STATIC, 'warning sign'),
    'barrier': (Category.STATIC, 'barrier'),
    'construction_sign': (Category.STATIC, 'construction sign'),
    'billboard': (Category.STATIC, 'billboard'),
    'static': (Category.STATIC, 'obstacle'),
    'traffic_light': (Category.TRAFFIC_LIGHT, 'traffic light'),
    'traffic_light_vqa': (Category.TRAFFIC_LIGHT, 'traffic light'),
    'stop_sign': (Category.STOP_SIGN, 'stop sign'),
    'stop_sign_vqa': (Category.STOP_SIGN, 'stop sign'),
}
# Parts of CARLA's blueprint ids, most special first.
_BLUEPRINTS = (
    ('firetruck', 'firetruck'),
    ('police', 'police car'),
    ('ford.ambulance', 'ambulance'),
    ('wrangler', 'jeep'),
    ('microlino', 'small car'),
    ('patrol', 'SUV'),
    ('european_hgv', 'truck'),
    ('carlacola', 'truck'),
    ('sprinter', 'van'),
    ('fusorosa', 'bus'),
    ('crossbike', 'bicycle'),
    ('diamondback', 'bicycle'),
    ('gazelle', 'bicycle'),
    ('kawasaki', 'motorcycle'),
    ('yamaha', 'motorcycle'),
    ('harley', 'motorcycle'),
    ('vespa', 'motorcycle'),
    ('constructioncone', 'traffic cone'),
    ('trafficcone', 'traffic cone'),
    ('trafficwarning', 'warning sign'),
    ('streetbarrier', 'barrier'),
    ('construction', 'construction sign'),
    ('warning', 'warning sign'),
    ('billboard', 'billboard'),
    ('dirtdebris', 'dirt on the road'),
    ('animal.dog', 'dog'),
)
_CHILDREN = ('0009', '0010', '0011', '0012', '0013', '0014', '0048', '0049')
_TWO_WHEELED = {'bicycle', 'motorcycle'}
WITHOUT_COLOUR = {'police car', 'ambulance', 'firetruck', 'bicycle'}


def category_of(label: str) -> tuple[Category, str] | None:
    """Return category and word of a box class, None: boxes that are no objects."""
    return _CLASSES.get(label)


def category_of_type(type_id: str) -> Category | None:
    """Return the category of a blueprint id or of a kind of the simulator."""
    if type_id in _CLASSES:
        return _CLASSES[type_id][0]
    for prefix, category in (
        ('vehicle.', Category.VEHICLE),
        ('walker.', Category.WALKER),
        ('static.', Category.STATIC),
        ('traffic.traffic_light', Category.TRAFFIC_LIGHT),
        ('traffic.stop', Category.STOP_SIGN),
    ):
        if type_id.startswith(prefix):
            return category
    return None


def word_for(label: str, type_id: str, base_type: str = '', age: str = '') -> str:
    """Return the word for an object.

    Args:
        label: class of its box, or kind of the simulator.
        type_id: CARLA's blueprint id, or empty.
        base_type: of a vehicle, as CARLA names it, or empty.
        age: of a walker, as CARLA names it, or empty.
    """
    known = _CLASSES.get(label)
    if label not in {'car', 'walker', 'static', 'static_car'} and known:
        return known[1]
    if base_type in {'police', 'ambulance', 'suv', 'pedestrian', 'child', 'dog'}:
        return _CLASSES[base_type][1]
    for part, word in _BLUEPRINTS:
        if part in type_id.lower():
            return word
    if label == 'walker' and (age == 'child' or (not age and type_id.endswith(_CHILDREN))):
        return 'child'
    return base_type.lower() if base_type else (known[1] if known else 'obstacle')


def colour_name(rgb: Sequence[float] | None) -> str:
    """Return the name of a colour of 0 to 255; empty without one."""
    if not rgb or len(rgb) != 3:
        return ''
    hue, saturation, value = colorsys.rgb_to_hsv(*(float(c) / 255.0 for c in rgb))
    if value < 0.22:
        return 'black'
    if saturation < 0.15:
        grey = 'dark grey' if value < 0.4 else 'grey'
        return grey if value < 0.65 else ('silver' if value < 0.85 else 'white')
    degrees = hue * 360.0
    if degrees < 15.0 or degrees >= 340.0:
        return 'red'
    if degrees < 40.0:
        return 'brown' if value < 0.55 else 'orange'
    for limit, name in ((70.0, 'yellow'), (170.0, 'green'), (260.0, 'blue'), (340.0, 'purple')):
        if degrees < limit:
            return name if value > 0.35 or name == 'purple' else f'dark {name}'
    return ''


def side_words(left_m: float) -> str:
    """Return where something in front of the car is, by its lateral offset (positive left)."""
    if abs(left_m) <= STRAIGHT_AHEAD_M:
        return 'front'
    return 'front left' if left_m > 0.0 else 'front right'


def place_words(distance_m: float, left_m: float) -> str:
    """Return where something is, such as ``nearby to the front left of the ego vehicle``."""
    reach = 'far ' if distance_m > FAR_M else ('nearby ' if distance_m < NEARBY_M else '')
    return f'{reach}to the {side_words(left_m)} of the ego vehicle'


def is_two_wheeled(word: str) -> bool:
    """Tell whether a vehicle has two wheels."""
    return word in _TWO_WHEELED


def with_article(words: str) -> str:
    """Return words with the indefinite article."""
    spoken_as_vowel = words[:1].lower() in 'aeiou' or words.startswith('SUV')
    return f'{"an" if spoken_as_vowel else "a"} {words}'
