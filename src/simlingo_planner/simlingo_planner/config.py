# SPDX-License-Identifier: Apache-2.0
"""Settings of the planner node."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class PlannerNodeConfig:
    """Every setting of the planner."""

    policy: str = parameter(
        'mini',
        description='mini, the path of a model folder, or route or straight (need no model).',
    )
    device: str = parameter('auto', description='Where a model computes: auto, cpu, cuda, ...')
    engine: str = parameter(
        'auto',
        choices=('auto', 'torch', 'openvino', 'onnxruntime', 'tensorrt'),
        description='What runs a model; all but torch need its export (simlingo export).',
    )
    precision: str = parameter(
        'auto',
        choices=('auto', 'float32', 'bfloat16', 'int8'),
        description='Number format of the engine; auto: of an export with 8-bit graphs those.',
    )
    engine_fallback: bool = parameter(
        False, description='Use PyTorch where the engine cannot be used, instead of ending.'
    )
    threads: int = parameter(
        0,
        low=0,
        high=256,
        description='Processor threads of a model; 0: one for a small one, else all.',
    )
    order: str = parameter(
        'parallel',
        choices=('exact', 'parallel', 'action_only'),
        description="Text before the action as upstream's, beside it, or none.",
    )
    uses_command: bool = parameter(
        False, description='Give a model the command in words instead of the target points.'
    )
    speaks: bool = parameter(True, description='Publish commentary, if the policy speaks.')
    lockstep: bool = parameter(False, description='Plan on every observation, losing none.')
    warm_up_plans: int = parameter(
        2, low=1, high=20, description='Plans made before the node becomes active.'
    )
    gives_words_as_typed: bool = parameter(
        False,
        description='Give a recognised manoeuvre in the words typed, not in the trained wording.',
    )
    instruction_duration_s: float = parameter(
        10.0,
        unit='s',
        low=0.0,
        high=3600.0,
        description='An instruction ends after so long, if not before; 0: never by time.',
    )
    instructions_per_10_s: int = parameter(
        10, low=1, high=1000, description='More of one source are rejected; a stop never is.'
    )
    speed_limit_mps: float = parameter(
        50.0 / 3.6, unit='m/s', low=1.0, high=60.0, description='Highest limit where it drives.'
    )
    speed_limit_margin: float = parameter(
        0.1, low=0.0, high=1.0, description='Share by which a target speed may exceed the limit.'
    )
    doubt_after: int = parameter(
        3,
        low=0,
        high=1000,
        description='Plans are doubted after so many texts in a row against them; 0: never.',
    )
    answer_limit_s: float = parameter(
        20.0, unit='s', low=0.1, high=120.0, description='A question is given up after so long.'
    )
    open_questions_limit: int = parameter(
        10, low=1, high=1000, description='Further questions are refused while so many are open.'
    )

    def __post_init__(self) -> None:
        validate(self)
