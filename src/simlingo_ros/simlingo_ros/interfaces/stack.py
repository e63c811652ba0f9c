# SPDX-License-Identifier: Apache-2.0
"""Interfaces of the stack itself; names are relative to its namespace."""

from __future__ import annotations

from simlingo_ros.interfaces.definition import (
    CONTROL,
    NEWEST,
    PERCEPTION,
    PLANNER,
    SOUND,
    USER,
    VOICE,
    WORLD,
    Interface,
    Kind,
)

OBSERVATION = Interface(
    name='observation',
    type='simlingo_msgs/msg/Observation',
    sender=PERCEPTION,
    listeners=(PLANNER,),
    meaning='image as JPEG, pose, speed, target points and command at its exposure time',
    qos=NEWEST,
    rate_hz=5.0,
)
PLAN = Interface(
    name='plan',
    type='simlingo_msgs/msg/DrivingPlan',
    sender=PLANNER,
    listeners=(CONTROL,),
    meaning='path and speed waypoints, stamped as the observation they were made from',
    qos=NEWEST,
    rate_hz=5.0,
)
COMMENTARY = Interface(
    name='commentary',
    type='simlingo_msgs/msg/Commentary',
    sender=PLANNER,
    listeners=(VOICE,),
    meaning='commentary of the policy on its driving',
)
INSTRUCTION = Interface(
    name='instruction',
    type='simlingo_msgs/msg/Instruction',
    sender=USER,
    listeners=(PLANNER,),
    meaning='instruction, question or cancel of a person or program',
)
INSTRUCTION_STATUS = Interface(
    name='instruction_status',
    type='simlingo_msgs/msg/InstructionStatus',
    sender=PLANNER,
    listeners=(VOICE,),
    meaning='state of an instruction, with a spoken reply',
)
SAFETY_STATE = Interface(
    name='safety_state',
    type='simlingo_msgs/msg/SafetyState',
    sender=CONTROL,
    listeners=(PLANNER, VOICE),
    meaning='safety level of the car, with reasons',
    rate_hz=20.0,
)
ASK = Interface(
    name='ask',
    type='simlingo_msgs/srv/Ask',
    sender=PLANNER,
    listeners=(USER,),
    meaning='question about the newest image, and its answer',
    kind=Kind.SERVICE,
)
FOLLOW_INSTRUCTION = Interface(
    name='follow_instruction',
    type='simlingo_msgs/action/FollowInstruction',
    sender=PLANNER,
    listeners=(USER,),
    meaning='drive by an instruction until it is done, refused or cancelled',
    kind=Kind.ACTION,
)
CONSIDER = Interface(
    name='consider',
    type='simlingo_msgs/srv/Consider',
    sender=PLANNER,
    listeners=(USER,),
    meaning='the plan that an instruction would lead to; never driven',
    kind=Kind.SERVICE,
)
EMERGENCY_STOP = Interface(
    name='emergency_stop',
    type='std_srvs/srv/SetBool',
    sender=CONTROL,
    listeners=(USER,),
    meaning='true: brake fully until false is sent',
    kind=Kind.SERVICE,
)
ROUTE_REQUEST = Interface(
    name='route_request',
    type='simlingo_msgs/msg/Instruction',
    sender=PLANNER,
    listeners=(WORLD,),
    meaning='a turn by words, such as *take the second right*, for who plans routes',
)
ROUTE_ANSWER = Interface(
    name='route_answer',
    type='simlingo_msgs/msg/InstructionStatus',
    sender=WORLD,
    listeners=(PLANNER,),
    meaning='accepted (the new route follows) or rejected, with a reply to be spoken',
)
AUDIO = Interface(
    name='audio',
    type='std_msgs/msg/Int16MultiArray',
    sender=USER,
    listeners=(VOICE,),
    meaning='sound to be recognised: 16 kHz, one channel, 16 bits, in pieces of any length',
    qos=SOUND,
)
PUSH_TO_TALK = Interface(
    name='push_to_talk',
    type='std_msgs/msg/Bool',
    sender=USER,
    listeners=(VOICE,),
    meaning='true while a person holds the button; heard with push_to_talk:=true only',
)
SPEECH = Interface(
    name='speech',
    type='std_msgs/msg/Int16MultiArray',
    sender=VOICE,
    listeners=(),
    meaning='speech of the car, one message each: 16 kHz, one channel, 16 bits',
)
