# SPDX-License-Identifier: Apache-2.0
"""Parameters over real processes: files and command lines, good and bad."""

import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import DescribeParameters, GetParameters, SetParameters

pytestmark = pytest.mark.ros


@pytest.fixture
def parameter_file(tmp_path):
    def write(text, section='/talker'):
        path = tmp_path / 'stack.yaml'
        lines = '\n'.join(f'    {line}' for line in text.splitlines())
        path.write_text(f'{section}:\n  ros__parameters:\n{lines}\n')
        return path

    return write


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('perod_s: 0.1', ["unknown parameter 'perod_s'", "did you mean 'period_s'"]),
        ('period_s: 7.0', ["parameter 'period_s' is 7.0 s", '0.01', '1.0 s']),
        ('period_s: .nan', ["parameter 'period_s' is nan", 'finite']),
        ('period_s: fast', ["parameter 'period_s' is 'fast'", 'float']),
        ('first: 1.5', ["parameter 'first' is 1.5", 'int']),
        ('first: true', ["parameter 'first' is True", 'int']),
        ('trouble: nome', ["parameter 'trouble' is 'nome'", 'did you mean none']),
        ('scale: [1.0]', ["parameter 'scale'", '1 values; expected 2']),
    ],
)
def test_a_bad_file_is_refused_by_key_node_and_file(talk, parameter_file, text, words):
    path = parameter_file(text)
    process = talk('--params-file', str(path))
    assert process.wait() == 1
    expected = ['ConfigError', *words, f'node /talker, file {path}']
    assert all(word in process.output for word in expected), process.output
    assert 'Traceback' not in process.output


def test_a_bad_command_line_is_refused(talk):
    process = talk('-p', 'frist:=3')
    assert process.wait() == 1
    assert "unknown parameter 'frist' (node /talker, command line)" in process.output


def test_a_file_that_does_not_exist_is_an_error(talk, tmp_path):
    process = talk('--params-file', str(tmp_path / 'missing.yaml'))
    assert process.wait() == 1
    assert 'missing.yaml' in process.output


def test_good_values_arrive_and_can_only_be_read(talk, parameter_file, observer):
    # Whole numbers do for floats, also in lists; rclpy alone would end the process.
    path = parameter_file('period_s: 1\nscale: [2, 3]\nfirst: 7', section='/**')
    process = talk('--params-file', str(path), '-p', 'use_sim_time:=false')
    process.wait_for_output(': active')
    names = ['period_s', 'scale', 'first', 'trouble']
    request = GetParameters.Request(names=names)
    period, scale, first, trouble = observer.call(
        GetParameters, '/talker/get_parameters', request
    ).values
    assert period.double_value == 1.0
    assert list(scale.double_array_value) == [2.0, 3.0]
    assert first.integer_value == 7
    assert trouble.string_value == 'none'

    described = observer.call(
        DescribeParameters, '/talker/describe_parameters', DescribeParameters.Request(names=names)
    ).descriptors
    assert described[0].description == 'Between counts. [s]'
    limits = described[0].floating_point_range[0]
    assert (limits.from_value, limits.to_value) == (0.01, 1.0)
    assert described[2].integer_range[0].from_value == 0
    assert 'one of none' in described[3].additional_constraints
    assert all(descriptor.read_only for descriptor in described)

    value = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=0.5)
    setting = SetParameters.Request(parameters=[Parameter(name='period_s', value=value)])
    (result,) = observer.call(SetParameters, '/talker/set_parameters', setting).results
    assert not result.successful
    assert 'read-only' in result.reason
