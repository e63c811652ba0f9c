# SPDX-License-Identifier: Apache-2.0
"""Which machine this is, in words and numbers that two cards can be compared by."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psutil

CPU_FILE = Path('/proc/cpuinfo')
UNITS = ('avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'avx_vnni', 'amx_int8', 'amx_bf16')
LIBRARIES = ('torch', 'openvino', 'onnxruntime', 'tensorrt', 'ros-rclpy')
GPU_QUERY = ('--query-gpu=name,memory.total,driver_version', '--format=csv,noheader')
LIMIT_S = 10.0


def machine_facts(cpu_file: Path = CPU_FILE) -> dict[str, Any]:
    """Return processor, its units, cores, memory, GPU, system and versions."""
    from simlingo_model.engines.precisions import processor_flags

    flags = processor_flags(cpu_file)
    return {
        'processor': processor_name(cpu_file),
        'units': [unit for unit in UNITS if unit in flags],
        'cores': psutil.cpu_count() or 1,
        'memory_gb': psutil.virtual_memory().total / 1e9,
        'gpu': gpu_name(),
        'system': f'{platform.system()} {platform.release()}, {platform.machine()}',
        'python': platform.python_version(),
        'load_before': psutil.getloadavg()[0],
        'versions': {name: found for name in LIBRARIES if (found := _version(name))},
    }


def processor_name(cpu_file: Path = CPU_FILE) -> str:
    """Return the name that Linux gives the processor."""
    if cpu_file.is_file():
        for line in cpu_file.read_text(encoding='utf-8', errors='replace').splitlines():
            name, _, value = line.partition(':')
            if name.strip() in ('model name', 'Model'):
                return value.strip()
    return platform.processor() or 'unknown'


def gpu_name() -> str | None:
    """Return name, memory and driver of the GPU; None: NVIDIA's tool finds none."""
    words = query_gpu(*GPU_QUERY)
    return words.splitlines()[0] if words else None


def query_gpu(*words: str) -> str:
    """Return what ``nvidia-smi`` answers; empty where there is no GPU or no answer."""
    tool = shutil.which('nvidia-smi')
    if tool is None:
        return ''
    try:
        done = subprocess.run([tool, *words], capture_output=True, text=True, timeout=LIMIT_S)
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return done.stdout.strip() if done.returncode == 0 else ''


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
