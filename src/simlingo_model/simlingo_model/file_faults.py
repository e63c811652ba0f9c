# SPDX-License-Identifier: Apache-2.0
"""Recognise files that are taken for weights, settings or a vocabulary by mistake."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

_HEAD_BYTES = 2048
_AGAIN = 'download or copy it again'
_LFS = b'version https://git-lfs.github.com/spec/'
# First bytes of files that are taken for weights by mistake: what it is, and the remedy.
_OTHER_FILES: tuple[tuple[bytes, str, str], ...] = (
    (b'\x1f\x8b', 'a gzip archive', 'unpack it and give what is in it'),
    (b'\xfd7zXZ\x00', 'an xz archive', 'unpack it and give what is in it'),
    (b'\x28\xb5\x2f\xfd', 'a zstd archive', 'unpack it and give what is in it'),
    (b'7z\xbc\xaf\x27\x1c', 'a 7z archive', 'unpack it and give what is in it'),
    (b'Rar!', 'a RAR archive', 'unpack it and give what is in it'),
    (b'GGUF', 'a GGUF file of llama.cpp', 'give the PyTorch or safetensors file'),
    (b'\x89HDF', 'an HDF5 file (Keras)', 'give the PyTorch or safetensors file'),
    (b'\x93NUMPY', 'a NumPy array', 'give the PyTorch or safetensors file'),
    (b'\x00\x05\x16\x07', "a note of macOS' Finder", 'give the file without "._" in its name'),
)


def find_fault(path: Path) -> str | None:
    """Return what a file is and the remedy, as a sentence; None: not recognised."""
    size = path.stat().st_size
    if size == 0:
        return (
            f'{path} is empty (0 bytes): the download or copy failed at its beginning, or the '
            f'disk was full; {_AGAIN}'
        )
    with path.open('rb') as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_LFS):
        return _lfs_pointer(path, head)
    if b'/annex/objects/' in head[:_HEAD_BYTES] and size < _HEAD_BYTES:
        return f'{path} is a git-annex pointer; run "git annex get {path.name}" in its repository'
    for magic, what, remedy in _OTHER_FILES:
        if head.startswith(magic):
            return f'{path} is {what}; {remedy}'
    if head[257:262] == b'ustar':
        return f'{path} is a tar archive; unpack it and give what is in it'
    return _markup(path, head)


def why_unreadable(path: Path, error: Exception) -> str:
    """Return why a file of a model cannot be read: what it is instead, else the error."""
    fault = find_fault(path) if path.is_file() else None
    return fault or f'{path} cannot be read: {error}'


def find_weight_fault(path: Path) -> str | None:
    """Return what is wrong with a weight file; None: nothing was found (see ``find_fault``)."""
    with path.open('rb') as file:
        head = file.read(_HEAD_BYTES)
    fault = find_fault(path)
    if fault is None and is_safetensors(head):
        fault = _safetensors_fault(path)
    elif fault is None and is_zip(head):
        fault = _zip_fault(path)
    elif fault is None and _is_text(head):
        begin = ' '.join(head[:80].decode('utf-8', 'replace').split())
        fault = f'{path} is a text file ("{begin}"), no weights; give the weight file itself'
    return fault


def why_no_model_folder(path: Path) -> str:
    """Return why a path that was given as a model cannot be one without a tokenizer beside it."""
    if not path.exists():
        return f'{path} does not exist; give a model folder'
    if path.is_file() and path.suffix == '.onnx':
        return f'{path} is one graph of an export; give its model folder, and engine onnxruntime'
    fault = find_weight_fault(path) if path.is_file() else None
    return fault or (
        f'{path} is no model folder, and released SimLingo files hold no tokenizer; '
        'give the folder of InternVL2-1B with --tokenizer'
    )


def is_safetensors(head: bytes) -> bool:
    """Whether these first bytes are those of a safetensors file."""
    return head[8:9] == b'{' and 2 <= int.from_bytes(head[:8], 'little') <= 100_000_000


def is_zip(head: bytes) -> bool:
    """Whether these first bytes are those of a zip file, as ``torch.save`` writes it."""
    return head.startswith(b'PK\x03\x04')


def _lfs_pointer(path: Path, head: bytes) -> str:
    found = re.search(rb'size (\d+)', head)
    size = f' to {int(found[1]) / 1e6:.1f} MB' if found else ''
    return (
        f'{path} is a Git LFS pointer{size}, not the file itself; run "git lfs install" and '
        '"git lfs pull" in its repository, or download the file by its link'
    )


def _markup(path: Path, head: bytes) -> str | None:
    begin = head.lstrip(b'\xef\xbb\xbf \r\n\t').lower()
    if begin.startswith((b'<!doctype html', b'<html', b'<head')):
        title = re.search(rb'<title[^>]*>(.*?)</title', head, re.DOTALL | re.IGNORECASE)
        name = ' '.join(title[1].decode('utf-8', 'replace').split()) if title else ''
        quoted = f' ("{name}")' if name else ''
        return (
            f'{path} is an HTML page{quoted}: a log-in, consent or error page was saved under '
            'this name; use the direct download link, and log in or accept the terms first'
        )
    if begin.startswith(b'<?xml'):
        return f'{path} is XML, perhaps the error of a storage server; {_AGAIN}'
    return None


def _safetensors_fault(path: Path) -> str | None:
    size = path.stat().st_size
    with path.open('rb') as file:
        length = int.from_bytes(file.read(8), 'little')
        header = file.read(length)
    if len(header) < length:
        return f'{path} is truncated: its {size} bytes end within the header; {_AGAIN}'
    try:
        entries = [entry for key, entry in json.loads(header).items() if key != '__metadata__']
        needed = 8 + length + max((entry['data_offsets'][1] for entry in entries), default=0)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return f'{path} is corrupted: its safetensors header cannot be read; {_AGAIN}'
    if size < needed:
        return (
            f'{path} is truncated: it has {size} of {needed} bytes ({100 * size // needed} %); '
            f'{_AGAIN}'
        )
    return None


def _zip_fault(path: Path) -> str | None:
    if not zipfile.is_zipfile(path):
        return (
            f'{path} is truncated or corrupted: a PyTorch file whose table of contents at the '
            f'end is missing after {path.stat().st_size} bytes; {_AGAIN}'
        )
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if any(name.endswith('/constants.pkl') for name in names):
        return (
            f'{path} is a TorchScript program; save the weights instead: '
            'torch.save(network.state_dict(), FILE)'
        )
    if not any(name.endswith('/data.pkl') or name == 'data.pkl' for name in names):
        listed = ', '.join(names[:3])
        return f'{path} is a zip archive ({listed}, ...); unpack it and give what is in it'
    return None


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut.
        return all(c.isprintable() or c.isspace() for c in head[:-4].decode('utf-8'))
    except UnicodeDecodeError:
        return False
