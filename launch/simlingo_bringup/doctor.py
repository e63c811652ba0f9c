# SPDX-License-Identifier: Apache-2.0
"""Judge what was found on a machine: one finding per check, with a remedy where one is needed.

Pure: facts go in (see ``doctor_facts``), findings come out, so that every fault can be tested
without having it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

SUPPORTED_PYTHONS = ((3, 11), (3, 12))
WHEEL_MIDDLEWARE = 'rmw_fastrtps_cpp'
# In between, Linux may give the ports of DDS to other programs as ephemeral ports.
DOMAIN_IDS = (range(102), range(215, 233))
# World and perception keep a segment of 17 MB for images; the other processes about 1 MB each.
SHARED_MEMORY_MIN_MB = 48.0
DISK_MIN_MB = 500.0
DISK_COMFORTABLE_MB = 5000.0

_SETUP = 'make setup'
_ACTIVATE = 'source .venv/bin/activate'


class Status(StrEnum):
    """How a check came out; only ``ERROR`` must be fixed."""

    OK = 'ok'
    WARNING = 'warning'
    ERROR = 'error'


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The outcome of one check."""

    check: str
    status: Status
    found: str
    wanted: str
    remedy: str = ''


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found on the machine.

    Attributes:
        python: Version of the running interpreter, (major, minor).
        prefix: Its environment's folder.
        has_wheels: Whether ROS 2 is installed in it as wheels.
        foreign_ros: ROS prefixes outside the environment that variables point to, by variable.
        is_bootstrap_foreign: Whether the start-up hook of another wheel environment ran instead
            of this one's.
        middleware: ``RMW_IMPLEMENTATION``; empty: unset.
        domain_id: ``ROS_DOMAIN_ID``; empty: unset.
        imports: For each ROS package the reason why it cannot be used; empty: it can.
        modules: The same for the Python modules that the stack needs.
        egl: Name of the EGL implementation; None: there is none that starts.
        egl_error: Why there is none.
        torch: Version and device of torch; None: it cannot be imported.
        torch_error: Why not.
        shared_memory_free_mb: Free space in /dev/shm [MB]; None: there is no /dev/shm.
        disk_free_mb: Free space in the current folder [MB].
        is_loopback_up: Whether a datagram to 127.0.0.1 arrives.
        wrong_versions: Installed and pinned version of packages where they differ; an empty
            installed version means that the package is missing.  None: nothing is pinned here.
        unpatched_files: CMake files of the wheels that name folders which do not exist.
        command_path: Where the shell finds ``simlingo``; None: nowhere.
    """

    python: tuple[int, int]
    prefix: str
    has_wheels: bool
    foreign_ros: Mapping[str, str]
    is_bootstrap_foreign: bool
    middleware: str
    domain_id: str
    imports: Mapping[str, str]
    modules: Mapping[str, str]
    egl: str | None
    egl_error: str
    torch: str | None
    torch_error: str
    shared_memory_free_mb: float | None
    disk_free_mb: float
    is_loopback_up: bool
    wrong_versions: Mapping[str, tuple[str, str]] | None
    unpatched_files: int
    command_path: str | None


def judge(facts: Facts) -> list[Finding]:
    """Return one finding per check, in the order in which they are best mended."""
    return [
        check_python(facts),
        check_environment(facts),
        check_middleware(facts),
        check_domain(facts),
        check_interfaces(facts),
        check_modules(facts),
        check_versions(facts),
        check_path_patch(facts),
        check_torch(facts),
        check_egl(facts),
        check_shared_memory(facts),
        check_loopback(facts),
        check_disk(facts),
        check_command(facts),
    ]


def must_be_fixed(findings: Sequence[Finding]) -> bool:
    """Say whether the stack cannot run as things are."""
    return any(finding.status is Status.ERROR for finding in findings)


def check_python(facts: Facts) -> Finding:
    """Check the interpreter's version; a ROS installation brings its own and is not judged."""
    is_good = not facts.has_wheels or facts.python in SUPPORTED_PYTHONS
    return _finding(
        'Python version',
        is_good,
        found='{}.{}'.format(*facts.python),
        wanted='3.11 or 3.12',
        remedy=f'delete .venv, then SIMLINGO_PYTHON=<a Python 3.12> {_SETUP}',
    )


def check_environment(facts: Facts) -> Finding:
    """Check that there is one ROS, not two."""
    kind = 'wheels in ' + facts.prefix if facts.has_wheels else 'a ROS installation'
    found, remedy = kind, ''
    if facts.has_wheels and facts.foreign_ros:
        variables = ' '.join(sorted(facts.foreign_ros))
        places = ', '.join(sorted(set(facts.foreign_ros.values())))
        found = f'{kind} and {places} in {variables}'
        remedy = f'open a shell without a sourced ROS, or: unset {variables}'
    elif facts.has_wheels and facts.is_bootstrap_foreign:
        found = f"{kind}, but the library path is another environment's"
        remedy = 'unset _ROS_WHEELS_BOOTSTRAP_COMPLETE LD_LIBRARY_PATH'
    return _finding(
        'one ROS only', not remedy, found=found, wanted='one ROS, not two', remedy=remedy
    )


def check_middleware(facts: Facts) -> Finding:
    """Check that the chosen middleware exists; the wheels bring one."""
    is_good = not facts.has_wheels or facts.middleware in {'', WHEEL_MIDDLEWARE}
    return _finding(
        'middleware',
        is_good,
        found=facts.middleware or 'default',
        wanted=WHEEL_MIDDLEWARE if facts.has_wheels else 'any',
        remedy='unset RMW_IMPLEMENTATION',
    )


def check_domain(facts: Facts) -> Finding:
    """Check that the domain id gives usable ports."""
    text = facts.domain_id
    is_good = text == '' or (
        text.isdecimal() and any(int(text) in usable for usable in DOMAIN_IDS)
    )
    return _finding(
        'ROS_DOMAIN_ID',
        is_good,
        found=text or 'unset (0)',
        wanted='0 to 101, or 215 to 232',
        remedy='export ROS_DOMAIN_ID=<0 to 101>',
    )


def check_interfaces(facts: Facts) -> Finding:
    """Check that rclpy and all interface packages can be used."""
    remedy = _SETUP if facts.has_wheels else 'colcon build, then source install/setup.bash'
    return _all_usable('interface packages', facts.imports, remedy)


def check_modules(facts: Facts) -> Finding:
    """Check that the Python modules of the stack are there."""
    remedy = _SETUP if facts.has_wheels else 'pip install -r requirements/run.txt (see docs)'
    return _all_usable('Python modules', facts.modules, remedy)


def check_versions(facts: Facts) -> Finding:
    """Check the installed versions against the pinned ones."""
    wanted = 'as in constraints.txt'
    if facts.wrong_versions is None or not facts.has_wheels:
        return _finding('pinned versions', True, found='nothing pinned here', wanted=wanted)
    wrong = [
        f'{name} {installed or "missing"} (pinned: {pinned})'
        for name, (installed, pinned) in sorted(facts.wrong_versions.items())
    ]
    found = _shortened(wrong) if wrong else 'all as pinned'
    return _finding('pinned versions', not wrong, found=found, wanted=wanted, remedy=_SETUP)


def check_path_patch(facts: Facts) -> Finding:
    """Check that the wheels' CMake files name folders of this machine."""
    return _finding(
        'wheel paths',
        facts.unpatched_files == 0,
        found=f'{facts.unpatched_files} files with foreign paths',
        wanted='0',
        remedy=_SETUP,
    )


def check_torch(facts: Facts) -> Finding:
    """Check that torch can be imported."""
    found = facts.torch or f'not usable: {facts.torch_error}'
    is_good = facts.torch is not None
    return _finding('torch', is_good, found=found, wanted='importable', remedy=_SETUP)


def check_egl(facts: Facts) -> Finding:
    """Check that images can be rendered without a display."""
    return _finding(
        'EGL',
        facts.egl is not None,
        found=facts.egl or f'none: {facts.egl_error}',
        wanted='an EGL that starts without a display',
        remedy='apt-get install libegl1 libgl1 libgl1-mesa-dri',
    )


def check_shared_memory(facts: Facts) -> Finding:
    """Check the room for the shared-memory segments that carry the images."""
    free_mb = facts.shared_memory_free_mb
    return _finding(
        'shared memory',
        free_mb is not None and free_mb >= SHARED_MEMORY_MIN_MB,
        found='no /dev/shm' if free_mb is None else f'{free_mb:.0f} MB free',
        wanted=f'at least {SHARED_MEMORY_MIN_MB:.0f} MB free',
        remedy='container: --shm-size=256m; else stop all nodes, then rm /dev/shm/fastdds_*',
    )


def check_loopback(facts: Facts) -> Finding:
    """Check the loopback interface, without which processes do not find each other."""
    return _finding(
        'loopback',
        facts.is_loopback_up,
        found='up' if facts.is_loopback_up else 'down',
        wanted='up',
        remedy='ip link set lo up',
    )


def check_disk(facts: Facts) -> Finding:
    """Check the room for runs and recordings."""
    free_mb = facts.disk_free_mb
    status = Status.OK if free_mb >= DISK_COMFORTABLE_MB else Status.WARNING
    if free_mb < DISK_MIN_MB:
        status = Status.ERROR
    return Finding(
        check='disk',
        status=status,
        found=f'{free_mb:.0f} MB free',
        wanted=f'at least {DISK_MIN_MB:.0f} MB, better {DISK_COMFORTABLE_MB:.0f} MB',
        remedy='' if status is Status.OK else 'free some space, or work in another folder',
    )


def check_command(facts: Facts) -> Finding:
    """Check that the shell finds this environment's command; a matter of comfort."""
    expected = f'{facts.prefix}/bin/simlingo'
    is_good = facts.command_path is not None
    if facts.has_wheels:
        is_good = facts.command_path == expected
    return Finding(
        check='simlingo on PATH',
        status=Status.OK if is_good else Status.WARNING,
        found=facts.command_path or 'not found',
        wanted=expected if facts.has_wheels else 'anywhere',
        remedy='' if is_good else _ACTIVATE,
    )


def _finding(check: str, is_good: bool, *, found: str, wanted: str, remedy: str = '') -> Finding:
    if is_good:
        return Finding(check=check, status=Status.OK, found=found, wanted=wanted)
    return Finding(check=check, status=Status.ERROR, found=found, wanted=wanted, remedy=remedy)


def _all_usable(check: str, reasons: Mapping[str, str], remedy: str) -> Finding:
    broken = [f'{name}: {reason}' for name, reason in reasons.items() if reason]
    found = _shortened(broken) if broken else f'{len(reasons)} usable'
    return _finding(check, not broken, found=found, wanted='all usable', remedy=remedy)


def _shortened(entries: Sequence[str], limit: int = 4) -> str:
    """Join entries, the later ones as a number."""
    rest = len(entries) - limit
    shown = '; '.join(entries[:limit])
    return shown if rest <= 0 else f'{shown}; and {rest} more'
