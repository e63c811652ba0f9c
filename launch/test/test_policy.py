# SPDX-License-Identifier: Apache-2.0
import pytest

from simlingo_bringup.policy import RESTART_LIMIT, Verdict, judge_exit
from simlingo_bringup.specification import Restart


@pytest.mark.parametrize(
    ('code', 'restart', 'required', 'restarts', 'verdict', 'words'),
    [
        (0, Restart.ON_FAILURE, True, 0, Verdict.STOP_DONE, 'has finished'),
        (0, Restart.NEVER, False, 0, Verdict.GO_ON, 'has finished'),
        (-9, Restart.ON_FAILURE, True, 0, Verdict.RESTART, 'was ended by SIGKILL'),
        (-11, Restart.NEVER, True, 0, Verdict.STOP_FAILED, 'crashed with SIGSEGV'),
        (-6, Restart.ON_FAILURE, True, 0, Verdict.RESTART, 'crashed with SIGABRT'),
        (1, Restart.NEVER, False, 0, Verdict.GO_ON, 'exit code 1'),
        (1, Restart.ON_FAILURE, True, RESTART_LIMIT, Verdict.STOP_FAILED, 'after 3 restarts'),
        (2, Restart.ON_FAILURE, True, 0, Verdict.STOP_FAILED, 'refused its settings'),
        (2, Restart.ON_FAILURE, False, 0, Verdict.GO_ON, 'refused its settings'),
        (-35, Restart.NEVER, True, 0, Verdict.STOP_FAILED, 'signal 35'),
    ],
)
def test_end_of_a_node(code, restart, required, restarts, verdict, words):
    judgement = judge_exit(code, restart=restart, required=required, recent_restarts=restarts)

    assert judgement.verdict is verdict
    assert words in judgement.explanation
