# SPDX-License-Identifier: Apache-2.0
"""Make the committed towns: plan -> plain XML -> netconvert -> signs and colours -> data folder.

Needs netconvert of SUMO 1.20.0 (``requirements/maps.txt``); driving does not.

    python -m simlingo_sim.tools.maps.make_towns --netconvert PATH [--out FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from simlingo_core.errors import BackendError
from simlingo_sim.tools.maps.opendrive_pass import finish_net, finish_opendrive
from simlingo_sim.tools.maps.plans import all_plans
from simlingo_sim.tools.maps.town_plan import TownPlan

DATA_FOLDER = Path(__file__).resolve().parents[2] / 'data' / 'towns'

NETCONVERT_OPTIONS = (
    '--offset.disable-normalization=true',
    '--no-turnarounds=true',
    '--crossings.guess=true',
    '--crossings.guess.speed-threshold=40',
    '--junctions.corner-detail=5',
    '--default.crossing-width=3.5',
    # One phase per pair of opposite arms: all links of an arm show the same colour.
    '--tls.left-green.time=0',
    '--tls.yellow.time=3',
    '--tls.allred.time=2',
    '--xml-validation=never',
    '--precision=2',
)


def make_town(plan: TownPlan, netconvert: str, out_folder: Path) -> Path:
    """Make one town and return its folder.

    Raises:
        BackendError: netconvert cannot be run or refuses the plan.
    """
    folder = out_folder / plan.name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch_name:
        scratch = Path(scratch_name)
        plan.write_plain_xml(scratch)
        _run_netconvert(plan, netconvert, scratch)
        net = finish_net((scratch / f'{plan.name}.net.xml').read_text())
        (folder / f'{plan.name}.net.xml').write_text(net)
        raw = (scratch / f'{plan.name}.xodr').read_bytes()
        (folder / f'{plan.name}.xodr').write_bytes(finish_opendrive(raw, net, plan))
    return folder


def _run_netconvert(plan: TownPlan, netconvert: str, folder: Path) -> None:
    # Relative names: netconvert writes them into the header of the net.
    command = [
        netconvert,
        f'--node-files={plan.name}.nod.xml',
        f'--edge-files={plan.name}.edg.xml',
        f'--output-file={plan.name}.net.xml',
        f'--opendrive-output={plan.name}.xodr',
        f'--tls.green.time={plan.tls_green_s}',
        *NETCONVERT_OPTIONS,
    ]
    if plan.links:
        command.append(f'--connection-files={plan.name}.con.xml')
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BackendError(
            f'{netconvert} cannot be run: {error}; install requirements/maps.txt'
        ) from error
    if done.returncode != 0:
        raise BackendError(f'netconvert failed on {plan.name}: {done.stderr.strip()}')
    if done.stderr.strip():
        print(f'{plan.name}: {done.stderr.strip()}')


def main() -> None:
    """Make every town."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--netconvert', default=shutil.which('netconvert') or 'netconvert')
    parser.add_argument('--out', type=Path, default=DATA_FOLDER)
    arguments = parser.parse_args()
    for plan in all_plans():
        print(make_town(plan, arguments.netconvert, arguments.out))


if __name__ == '__main__':
    main()
