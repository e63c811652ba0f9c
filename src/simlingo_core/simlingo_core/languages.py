# SPDX-License-Identifier: Apache-2.0
"""Typed commands in other languages, put into English word by word.

A language is a table of phrases with their English; the longest match wins.  What is not in the
table stays as it is, and the English patterns then do not know it.  German and Chinese show that
the interface holds; a third is one more table and one line in ``LANGUAGES``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

ENGLISH = 'en'


@dataclass(frozen=True)
class Language:
    """A language.

    Attributes:
        code: ISO 639-1.
        signs: a sentence in which this matches is in the language; English has no such words.
        phrases: lower case phrases and their English, empty for what adds nothing.
        is_spaced: whether words are separated by blanks.
    """

    code: str
    signs: re.Pattern[str]
    phrases: Mapping[str, str]
    is_spaced: bool = True

    def to_english(self, sentence: str) -> str:
        """Return a lower case sentence with every known phrase in English."""
        words = sorted(self.phrases, key=len, reverse=True)
        pattern = '|'.join(re.escape(phrase) for phrase in words)
        bounded = rf'\b(?:{pattern})\b' if self.is_spaced else pattern
        english = re.sub(bounded, lambda match: f' {self.phrases[match[0]]} ', sentence)
        english = re.sub('[，、；]', ', ', english).replace('。', '. ').replace('！', '! ')
        english = ' '.join(english.split())
        if self.is_spaced:  # "halte nicht an" is "stop not"
            english = re.sub(
                r'\b(?:drive |please )?((?:stop|drive|brake|turn|change|go|slow down|ignore'
                r'|accelerate)\b(?: (?!not\b)[\w/]+){0,2}?) not\b',
                r'do not \1',
                english,
            )
        return english


_GERMAN = {
    'bitte': 'please', 'nicht': 'not', 'nie': 'never', 'niemals': 'never', 'kein': 'no',
    'keine': 'no', 'ohne': 'without', 'halt an': 'stop', 'halte an': 'stop', 'halten': 'stop',
    'anhalten': 'stop', 'halten sie an': 'stop', 'bleib stehen': 'stop', 'stehen bleiben': 'stop',
    'stehenbleiben': 'stop', 'stopp': 'stop', 'stoppe': 'stop', 'stoppen': 'stop',
    'halte': 'stop', 'an': 'at', 'notbremsung': 'emergency stop', 'nothalt': 'emergency stop',
    'sofort': 'immediately', 'brems': 'brake', 'bremse': 'brake', 'bremsen': 'brake',
    'langsamer': 'slower', 'langsam': 'slowly', 'schneller': 'faster', 'schnell': 'quickly',
    'zu schnell': 'too fast', 'zu langsam': 'too slow', 'beschleunige': 'accelerate',
    'gib gas': 'go faster', 'mehr gas': 'more gas', 'weniger gas': 'less gas',
    'vom gas': 'off the gas', 'fahr': 'drive', 'fahre': 'drive', 'fahren': 'drive',
    'fahren sie': 'drive', 'weiter': 'on', 'fahr weiter': 'drive on', 'weiterfahren': 'drive on',
    'fahre weiter': 'drive on', 'bieg': 'turn', 'biege': 'turn', 'biegen sie': 'turn',
    'abbiegen': 'turn', 'ab': '', 'links': 'left', 'rechts': 'right', 'nach': 'to the',
    'geradeaus': 'straight on', 'linke': 'left', 'linken': 'left', 'rechte': 'right',
    'rechten': 'right', 'auf': 'on', 'die': 'the', 'der': 'the', 'den': 'the', 'das': 'the',
    'dem': 'the', 'spur': 'lane', 'fahrspur': 'lane', 'wechsle': 'change', 'wechsel': 'change',
    'wechseln': 'change', 'nächsten': 'next', 'nächste': 'next', 'zweite': 'second',
    'zweiten': 'second', 'straße': 'street', 'kreuzung': 'junction', 'wende': 'turn around',
    'wenden': 'turn around', 'dreh um': 'turn around', 'umdrehen': 'turn around',
    'wenn möglich': 'when possible', 'kilometer pro stunde': 'km/h', 'stundenkilometer': 'km/h',
    'stundenkilometern': 'km/h',
    'mit': 'at', 'und': 'and', 'oder': 'or', 'aber': 'but', 'dann': 'then', 'nimm': 'take',
    'etwas': 'a bit', 'ein bisschen': 'a bit', 'jetzt': 'now', 'hier': 'here',
    'fahr rechts ran': 'pull over', 'rechts ranfahren': 'pull over', 'fahr ran': 'pull over',
    'ampel': 'light', 'rote': 'red', 'roten': 'red', 'rot': 'red', 'bei': 'at', 'über': 'over',
    'ignoriere': 'ignore', 'ignorieren': 'ignore', 'missachte': 'ignore',
    'überfahre': 'run over', 'überfahr': 'run over', 'fußgänger': 'pedestrian',
    'radfahrer': 'cyclist', 'kind': 'child', 'kinder': 'children', 'menschen': 'people',
    'leute': 'people', 'gehweg': 'sidewalk', 'bürgersteig': 'sidewalk', 'gegenverkehr':
    'oncoming traffic', 'gegenfahrbahn': 'oncoming lane', 'ramm': 'ram', 'ramme': 'ram',
    'auto': 'car', 'rein': 'into', 'in': 'in', 'durch': 'through', 'rase': 'race', 'ras': 'race',
    'tempolimit': 'speed limit', 'warum': 'why', 'wann': 'when', 'danke': 'thanks',
    'hallo': 'hello', 'sicheren': 'safe', 'stelle': 'place', 'am': 'at the', 'zur': 'to the',
}  # fmt: skip
_CHINESE = {
    '请': 'please ', '不要': ' do not ', '别': ' do not ', '不能': ' do not ', '不': ' not ',
    '紧急停车': 'emergency stop', '急刹车': 'emergency stop', '马上': ' immediately ',
    '立刻': ' immediately ', '停车': 'stop', '停下来': 'stop', '停下': 'stop', '停': 'stop',
    '刹车': 'brake', '靠边停车': 'pull over', '靠边': 'pull over', '减速': 'slow down',
    '慢一点': 'drive slower', '慢点': 'drive slower', '开慢一点': 'drive slower',
    '开慢点': 'drive slower', '慢': 'slow', '加速': 'speed up', '快一点': 'drive faster',
    '快点': 'drive faster', '开快一点': 'drive faster', '开快点': 'drive faster',
    '继续': 'drive on', '继续开': 'drive on', '往前开': 'drive on', '左转': 'turn left',
    '右转': 'turn right', '向左转': 'turn left', '向右转': 'turn right', '直行': 'go straight on',
    '掉头': 'turn around', '调头': 'turn around', '左边车道': 'left lane', '左车道': 'left lane',
    '右边车道': 'right lane', '右车道': 'right lane', '换到': 'change to the ',
    '变到': 'change to the ', '路口': ' junction ', '下一个': ' next ', '下个': ' next ',
    '第二个': ' second ', '在': ' at the ', '公里每小时': ' km/h ', '公里': ' km/h ',
    '开到': ' drive at ', '时速': ' drive at ', '以': ' at ', '的速度': '', '行驶': ' drive ',
    '闯红灯': 'run the red light',
    '红灯': 'red light', '无视': 'ignore the ', '忽略': 'ignore ',
    '撞': ' hit the ', '行人': ' pedestrian ',
    '前面的车': ' car in front ', '人行道': ' sidewalk ',
    '逆行': ' drive the wrong way ', '对向车道': ' oncoming lane ', '超速': ' exceed the limit ',
    '为什么': 'why ', '谢谢': 'thanks', '你好': 'hello', '然后': ' then ', '和': ' and ',
    '开上': ' drive onto the ', '车': ' car ', '人': ' people ',
}  # fmt: skip
LANGUAGES: tuple[Language, ...] = (
    Language(
        code='de',
        signs=re.compile(
            r'\b(bitte|nicht|halte? an|anhalten|halten|stopp|stoppen|bremse?n?|langsamer|schneller'
            r'|fahre?n?|biegen?|links|rechts|geradeaus|linken?|rechten?|wende|wechs(?:le|el)'
            r'|ampel|rote|gib gas|notbremsung|nothalt|bleib|weiterfahren|umdrehen|ignoriere'
            r'|überfahre?|gehweg|gegenverkehr|gegenfahrbahn|ramme?|warum|danke|kreuzung)\b'
        ),
        phrases=_GERMAN,
    ),
    Language(
        code='zh',
        signs=re.compile('[\u4e00-\u9fff]'),
        phrases=_CHINESE,
        is_spaced=False,
    ),
)


def in_english(sentence: str) -> tuple[str, str]:
    """Return a lower case sentence in English and the code of its language."""
    for language in LANGUAGES:
        if language.signs.search(sentence):
            return language.to_english(sentence), language.code
    return sentence, ENGLISH
