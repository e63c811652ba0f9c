# SPDX-License-Identifier: Apache-2.0
"""A small node for the tests: counts on a topic, fails in the ways its parameters name."""

import sys
import time
from dataclasses import dataclass

from std_msgs.msg import String

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ContractError
from simlingo_ros.interfaces import BRIDGE, LATCHED, Interface
from simlingo_ros.lifecycle import StackNode
from simlingo_ros.shutdown import require_received
from simlingo_ros.spin import run_node

COUNT = Interface(
    name='count', type='std_msgs/msg/String', sender='talker', listeners=(), meaning='a number'
)
POKE = Interface(
    name='poke',
    type='std_msgs/msg/String',
    sender='test',
    listeners=(),
    meaning='what to do',
    qos=BRIDGE,
)
LAST_WORDS = Interface(
    name='last_words',
    type='std_msgs/msg/String',
    sender='talker',
    listeners=(),
    meaning='that it has begun, and the end; who receives the one will receive the other',
    qos=LATCHED,
)


@dataclass(frozen=True, kw_only=True)
class TalkerConfig:
    period_s: float = parameter(0.05, unit='s', low=0.01, high=1.0, description='Between counts.')
    first: int = parameter(0, low=0, description='First number.')
    scale: tuple[float, ...] = parameter((1.0, 1.0), description='Two numbers, unused.')
    trouble: str = parameter(
        'none',
        description='What goes wrong.',
        choices=(
            'none',
            'refuse_configure',
            'crash_configure',
            'slow_configure',
            'slow_end',
            'slow_activate',
            'crash_end',
        ),
    )

    def __post_init__(self) -> None:
        validate(self)


class Talker(StackNode[TalkerConfig]):
    """Counts while active."""

    def __init__(self):
        super().__init__('talker', TalkerConfig)
        self.number = self.config.first

    def configure(self):
        if self.config.trouble == 'refuse_configure':
            raise ContractError('the weights are missing; fetch them')
        if self.config.trouble == 'crash_configure':
            raise ZeroDivisionError('a bug')
        if self.config.trouble == 'slow_configure':
            print('configuring', flush=True)
            time.sleep(30.0)
        self.count = self.advertise(COUNT)
        self.last_words = self.advertise(LAST_WORDS)
        self.listen(POKE, self.obey)
        self.every(self.config.period_s, self.say, is_wall_time=True)

    def activate(self):
        self.last_words.publish(String(data='begun'))
        print('active', flush=True)
        if self.config.trouble == 'slow_activate':
            time.sleep(30.0)

    def deactivate(self):
        if self.config.trouble == 'crash_end':
            raise ZeroDivisionError('a bug at the end')
        if self.config.trouble == 'slow_end':
            print('ending', flush=True)
            time.sleep(0.5)
        words = f'stopped at {self.number}'
        print(words, flush=True)
        self.last_words.publish(String(data=words))
        require_received((self.last_words,), 2.0)

    def say(self):
        self.count.publish(String(data=str(self.number)))
        self.number += 1

    def obey(self, message):
        if message.data == 'fault':
            raise ContractError('poked with a fault')
        if message.data == 'crash':
            raise RuntimeError('poked with a crash')

    def on_fault(self, error):
        self.number = 1000


if __name__ == '__main__':
    sys.exit(run_node(Talker))
