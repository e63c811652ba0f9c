# SPDX-License-Identifier: Apache-2.0
"""Try things that may crash; run as a process of its own by ``doctor_facts``, answers in JSON."""

import ctypes
import importlib
import importlib.util
import json
import sys
from typing import Any

# One message of each package is enough: its type support pulls in all libraries of the package.
MESSAGES = {
    'simlingo_msgs': 'Observation',
    'carla_msgs': 'CarlaEgoVehicleControl',
    'carla_waypoint_types': 'CarlaWaypoint',
    'derived_object_msgs': 'ObjectArray',
    'tf2_msgs': 'TFMessage',
    'ackermann_msgs': 'AckermannDrive',
    'sensor_msgs': 'Image',
    'nav_msgs': 'Odometry',
    'diagnostic_msgs': 'DiagnosticArray',
}
# Compiled modules are imported, because they may lack a library of the system ...
COMPILED = (
    'numpy',
    'scipy',
    'cv2',
    'shapely',
    'lxml.etree',
    'av',
    'carla',
    'libsumo',
    'panda3d.core',
)
# ... the others are looked for only: some of them take seconds.
PLAIN = ('transformers', 'peft', 'accelerate', 'rosbags', 'yaml', 'psutil', 'joblib')
_EGL_PLATFORM_SURFACELESS_MESA = 0x31DD
_EGL_VENDOR = 0x3053
_EGL_VERSION = 0x3054


def probe_interfaces() -> dict[str, str]:
    """Return for rclpy and each interface package why it cannot be used; empty: it can."""
    report = {'rclpy': _import_reason('rclpy')}
    for package, message in MESSAGES.items():
        report[package] = _import_reason(f'{package}.msg') or _type_support_reason(
            package, message
        )
    return report


def _import_reason(module: str) -> str:
    try:
        importlib.import_module(module)
    except ImportError as error:
        return str(error)
    return ''


def _type_support_reason(package: str, message: str) -> str:
    """Load a message's compiled part, which rclpy would do at the first publisher."""
    kind: Any = type(getattr(importlib.import_module(f'{package}.msg'), message))
    kind.__import_type_support__()
    return '' if kind._TYPE_SUPPORT is not None else 'its compiled part cannot be loaded'


def probe_modules() -> dict[str, str]:
    """Return for each Python module of the stack why it cannot be used; empty: it can."""
    report = {name: _import_reason(name) for name in COMPILED}
    return report | {n: '' if importlib.util.find_spec(n) else 'not installed' for n in PLAIN}


def probe_egl() -> dict[str, str]:
    """Start EGL without a display and return its name."""
    try:
        library = ctypes.CDLL('libEGL.so.1')
    except OSError as error:
        return {'error': str(error)}
    library.eglGetPlatformDisplay.restype = ctypes.c_void_p
    library.eglQueryString.restype = ctypes.c_char_p
    display = ctypes.c_void_p(
        library.eglGetPlatformDisplay(_EGL_PLATFORM_SURFACELESS_MESA, None, None)
    )
    if not display or not library.eglInitialize(display, None, None):
        return {'error': 'libEGL is there, but no driver starts without a display'}
    vendor, version = (
        (library.eglQueryString(display, name) or b'').decode()
        for name in (_EGL_VENDOR, _EGL_VERSION)
    )
    return {'name': f'{vendor} {version}'}


def probe_torch() -> dict[str, str]:
    """Import torch and return its version and device."""
    try:
        import torch
    except (ImportError, OSError) as error:
        return {'error': str(error)}
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else 'CPU'
    return {'name': f'{torch.__version__} on {device}'}


PROBES = {
    'interfaces': probe_interfaces,
    'modules': probe_modules,
    'egl': probe_egl,
    'torch': probe_torch,
}

if __name__ == '__main__':
    print(json.dumps(PROBES[sys.argv[1]]()))
