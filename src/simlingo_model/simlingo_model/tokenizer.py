# SPDX-License-Identifier: Apache-2.0
"""Text to token ids and back; text never becomes a special token.

Byte-level BPE of the ``tokenizers`` library.  Special tokens are placed by id (see ``prompts``)
and never searched for in text, so that a special token typed by a person stays plain characters.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from simlingo_core.errors import CheckpointError
from simlingo_model.file_faults import find_fault, why_unreadable

PAD = '<|endoftext|>'
TURN_START = '<|im_start|>'
TURN_END = '<|im_end|>'
IMAGE_START = '<img>'
IMAGE_END = '</img>'
IMAGE_CONTEXT = '<IMG_CONTEXT>'
TARGET_POINT = '<TARGET_POINT>'
BASE_SPECIALS = (PAD, TURN_START, TURN_END, IMAGE_START, IMAGE_END, IMAGE_CONTEXT)
# Upstream appends these to the vocabulary in this order; it uses only the last.
DRIVING_SPECIALS = (
    '<WAYPOINTS>',
    '<WAYPOINTS_DIFF>',
    '<ORG_WAYPOINTS_DIFF>',
    '<ORG_WAYPOINTS>',
    '<WAYPOINT_LAST>',
    '<ROUTE>',
    '<ROUTE_DIFF>',
    TARGET_POINT,
)
# Qwen2's split of text before merging: one digit at a time, words with their leading space.
WORD_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r'|\s*[\r\n]+|\s+(?!\S)|\s+'
)
OWN_FILE = 'simlingo_tokenizer.json'


class TextDecoder(Protocol):
    """Turns ids into text."""

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text without special tokens."""
        ...


class TextTokenizer:
    """Byte-level BPE with named special ids.

    Args:
        vocabulary: token to id, without special tokens.
        merges: pairs in order of precedence.
        specials: special token to id.
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        merges: list[tuple[str, str]],
        specials: dict[str, int],
    ) -> None:
        self._vocabulary = vocabulary
        self._merges = merges
        self.specials = dict(specials)
        missing = [name for name in (*BASE_SPECIALS, TARGET_POINT) if name not in specials]
        if missing:
            raise CheckpointError(
                f'the tokenizer lacks the special tokens {missing}; use the InternVL2-1B folder'
            )
        self._text = build_byte_tokenizer(vocabulary, merges)
        self._special_ids = frozenset(specials.values())

    @property
    def size(self) -> int:
        """One more than the largest id."""
        return max(max(self._vocabulary.values()), max(self.specials.values())) + 1

    def special_id(self, name: str) -> int:
        """Return the id of a special token."""
        return self.specials[name]

    def encode(self, text: str) -> list[int]:
        """Return the ids of plain text; none of them is a special token."""
        ids: list[int] = self._text.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids, special tokens left out; broken UTF-8 becomes U+FFFD."""
        plain = [i for i in ids if i not in self._special_ids]
        text: str = self._text.decode(plain, skip_special_tokens=False)
        return text

    def save(self, folder: Path) -> Path:
        """Write one JSON file into ``folder`` and return its path."""
        path = folder / OWN_FILE
        content = {
            'specials': self.specials,
            'merges': [list(pair) for pair in self._merges],
            'vocabulary': self._vocabulary,
        }
        path.write_text(json.dumps(content, ensure_ascii=True, indent=0) + '\n', encoding='utf-8')
        return path

    @classmethod
    def load(cls, folder: Path) -> TextTokenizer:
        """Read a tokenizer folder: ours, or one with Qwen2's files (InternVL2-1B).

        Raises:
            CheckpointError: there is none, or it cannot be read.
        """
        try:
            if (folder / OWN_FILE).is_file():
                return cls._load_own(folder / OWN_FILE)
            if (folder / 'vocab.json').is_file() and (folder / 'merges.txt').is_file():
                return cls._load_qwen2(folder)
            if (folder / 'tokenizer.json').is_file():
                return cls._load_fast(folder)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f'the tokenizer in {folder} cannot be read: {error}') from error
        raise CheckpointError(
            f'{folder} holds no tokenizer; expected {OWN_FILE}, tokenizer.json, or vocab.json '
            'with merges.txt: give the folder of InternVL2-1B (the released files have none)'
        )

    @classmethod
    def _load_own(cls, path: Path) -> TextTokenizer:
        content = _read_json(path)
        merges = [(str(a), str(b)) for a, b in content['merges']]
        return cls(content['vocabulary'], merges, content['specials'])

    @classmethod
    def _load_qwen2(cls, folder: Path) -> TextTokenizer:
        vocabulary = _read_json(folder / 'vocab.json')
        lines = _read_text(folder / 'merges.txt').splitlines()
        pairs = [_pair(line) for line in lines if line and not line.startswith('#version')]
        added: dict[str, int] = {}
        if (folder / 'tokenizer_config.json').is_file():
            listed = _read_json(folder / 'tokenizer_config.json').get('added_tokens_decoder', {})
            added = {entry['content']: int(i) for i, entry in listed.items()}
        if (folder / 'added_tokens.json').is_file():
            added |= _read_json(folder / 'added_tokens.json')
        return cls(vocabulary, pairs, _add_driving_specials(added))

    @classmethod
    def _load_fast(cls, folder: Path) -> TextTokenizer:
        content = _read_json(folder / 'tokenizer.json')
        model = content['model']
        merges = [_pair(merge) for merge in model['merges']]
        added = {entry['content']: int(entry['id']) for entry in content['added_tokens']}
        vocabulary = {token: i for token, i in model['vocab'].items() if token not in added}
        return cls(vocabulary, merges, _add_driving_specials(added))


def build_byte_tokenizer(
    vocabulary: dict[str, int] | None = None, merges: list[tuple[str, str]] | None = None
) -> Tokenizer:
    """Return Qwen2's kind of tokenizer without special tokens."""
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORD_PATTERN), behavior='isolated'),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def byte_alphabet() -> list[str]:
    """Return the characters that stand for the 256 bytes, sorted."""
    return sorted(pre_tokenizers.ByteLevel.alphabet())


def _add_driving_specials(specials: dict[str, int]) -> dict[str, int]:
    """Append upstream's own special tokens where the folder has none of them."""
    following = max(specials.values(), default=-1) + 1
    result = dict(specials)
    for name in DRIVING_SPECIALS:
        if name not in result:
            result[name] = following
            following += 1
    return result


def _pair(merge: str | list[str]) -> tuple[str, str]:
    first, second = merge.split(' ') if isinstance(merge, str) else merge
    return first, second


def _read_json(path: Path) -> dict[str, Any]:
    text = _read_text(path)
    try:
        return cast(dict[str, Any], json.loads(text))
    except ValueError as error:
        raise CheckpointError(why_unreadable(path, error)) from error


def _read_text(path: Path) -> str:
    try:
        fault = find_fault(path)
        text = path.read_text(encoding='utf-8')
    except (OSError, ValueError) as error:
        raise CheckpointError(why_unreadable(path, error)) from error
    if fault is not None:
        raise CheckpointError(fault)
    return text
